import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { RefusalReason, Reply } from '../meeting/reply.ts';

/**
 * Except for `too-slow`, none is a status that curl's `--retry` tries again: a second try would be
 * told the same.
 */
const statusOf: Readonly<Record<RefusalReason, number>> = {
  malformed: 400,
  unproven: 403,
  unknown: 404,
  'bad-method': 405,
  'too-slow': 408,
  conflict: 409,
  'too-large': 413,
  failed: 424,
  'too-much': 507,
};

/** Milliseconds in which the rest of a body is discarded, so that its sender reads the answer. */
const drainMs = 1000;

/** Answers a request: in text, or in JSON where the request accepts that. */
export function respond(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const status = reply.type === 'refused' ? statusOf[reply.because] : 200;
  const wantsJson = request.headers.accept?.includes('application/json') === true;
  const { type, content } = reply.type === 'file' ? bytes(reply) : words(reply, wantsJson);
  const headers: OutgoingHttpHeaders = {
    'content-type': type,
    'content-length': content.length,
    ...(request.complete ? {} : { connection: 'close' }),
  };
  response.writeHead(status, headers);
  if (request.complete) response.end(content);
  else endDrained(request, response, content);
}

function endDrained(request: IncomingMessage, response: ServerResponse, content: Uint8Array): void {
  response.write(content);
  const timer = setTimeout(() => response.end(), drainMs);
  request.once('end', () => response.end());
  response.once('close', () => clearTimeout(timer));
  request.resume();
}

interface Body {
  readonly type: string;
  readonly content: Uint8Array;
}

function bytes({ content }: Reply & { type: 'file' }): Body {
  return { type: 'application/octet-stream', content };
}

function words(reply: Exclude<Reply, { type: 'file' }>, wantsJson: boolean): Body {
  if (!wantsJson) return text('text/plain; charset=utf-8', linesOf(reply));
  const value = reply.type === 'refused' ? { error: reply.line } : reply.value;
  return text('application/json', [JSON.stringify(value)]);
}

function linesOf(reply: Exclude<Reply, { type: 'file' }>): readonly string[] {
  return reply.type === 'refused' ? [reply.line] : reply.lines;
}

function text(type: string, lines: readonly string[]): Body {
  return { type, content: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
}

/** A whole HTTP answer to something that is not a request, where Node offers no response object. */
export function complaint(
  status: '400 Bad Request' | '431 Request Header Fields Too Large',
): string {
  const line = 'that is not an HTTP/1.1 request for a call\n';
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\n`;
  return `${head}Content-Length: ${line.length}\r\n\r\n${line}`;
}
