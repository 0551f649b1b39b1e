/** The part of the `ssh2` library that is used here; it ships no types of its own. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Duplex, Readable } from 'node:stream';

  /** A public key, with its private half where that was read. */
  export interface ParsedKey {
    /** `ssh-ed25519`, `ssh-rsa`, … */
    readonly type: string;
    readonly comment: string;
    isPrivateKey(): boolean;
    /** As it goes over the wire, and in base64 into a `known_hosts` file. */
    getPublicSSH(): Buffer;
  }

  export interface SigningOptions {
    readonly hash?: string;
  }

  export type SignCallback = (error?: Error | null, signature?: Buffer) => void;

  export class BaseAgent {
    getIdentities(callback: (error?: Error | null, keys?: readonly ParsedKey[]) => void): void;
    sign(key: ParsedKey, data: Buffer, options: SigningOptions, callback: SignCallback): void;
  }

  export class OpenSSHAgent extends BaseAgent {
    constructor(socketPath: string);
  }

  export type AuthenticationMethod =
    | { readonly type: 'publickey'; readonly username: string; readonly key: ParsedKey }
    | { readonly type: 'agent'; readonly username: string; readonly agent: BaseAgent };

  export interface ConnectConfig {
    readonly sock: Socket | Duplex;
    readonly username: string;
    /** Milliseconds; 0 for none. */
    readonly readyTimeout: number;
    readonly keepaliveInterval: number;
    readonly keepaliveCountMax: number;
    readonly algorithms: {
      readonly kex: readonly string[];
      readonly serverHostKey: readonly string[];
      readonly cipher: readonly string[];
      readonly hmac: readonly string[];
      readonly compress: readonly string[];
    };
    readonly hostVerifier: (key: Buffer) => boolean;
    /** `methodsLeft` is null before the first attempt. */
    readonly authHandler: (methodsLeft: readonly string[] | null) => AuthenticationMethod | false;
  }

  export interface Channel extends Duplex {
    readonly stderr: Readable;
    /** Bytes that the server may still send; topped up when it is half used. */
    readonly incoming: { window: number };
    signal(name: string): void;
    close(): void;
  }

  export interface ChannelError extends Error {
    /** A number of RFC 4254, section 5.1, where the server refused to open a channel. */
    readonly reason?: number | string;
  }

  export interface UnixConnection {
    /** The path of the server's socket that somebody connected to. */
    readonly socketPath: string;
  }

  export class Client extends EventEmitter {
    connect(config: ConnectConfig): this;
    on(
      event: 'unix connection',
      listener: (to: UnixConnection, accept: () => Channel, reject: () => void) => void,
    ): this;
    /** A key exchange, the first or a later one, has ended; `sc` is server to client. */
    on(
      event: 'handshake',
      listener: (negotiated: { readonly sc: { readonly cipher: string } }) => void,
    ): this;
    on(event: 'error', listener: (error: Error & { level?: string }) => void): this;
    on(event: 'close', listener: () => void): this;
    /** Both throw when the connection is gone, and pass the server's answer to the callback. */
    openssh_forwardInStreamLocal(path: string, done: (error?: Error) => void): this;
    openssh_unforwardInStreamLocal(path: string, done: (error?: Error) => void): this;
    exec(
      command: string,
      callback: (error: ChannelError | undefined, channel: Channel) => void,
    ): this;
    end(): this;
    destroy(): this;
  }

  export const utils: {
    /** Returns, rather than throws, an error for data that is no key or needs a passphrase. */
    parseKey(data: Buffer | string, passphrase?: string): ParsedKey | Error;
  };
}
