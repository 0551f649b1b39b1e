import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A client that need not keep to HTTP. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  isClosed = false;

  /** Without `reads` it never takes in what it is sent. */
  constructor(path: string, { reads = true }: { reads?: boolean } = {}) {
    this.socket = connect({ path, allowHalfOpen: true });
    this.socket.on('error', () => {});
    this.socket.once('close', () => {
      this.isClosed = true;
    });
    if (reads) {
      this.socket.on('data', (bytes) => {
        this.text += bytes.toString('latin1');
      });
      this.socket.once('end', () => this.socket.end());
    }
    onTestFinished(() => void this.socket.destroy());
  }

  write(text: string | Uint8Array): this {
    this.socket.write(text);
    return this;
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }
}

/** A request as text. */
export function requestText(path: string, headers: Record<string, string> = {}, body = ''): string {
  const all = { host: 'dispatch', 'content-length': String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
