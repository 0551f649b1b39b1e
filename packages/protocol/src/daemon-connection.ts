import type { ByteStreams } from './byte-streams.ts';
import type { CallOptions } from './call-options.ts';
import type { Exchange } from './exchange.ts';
import type { WireLimits } from './limits.ts';
import type { OperationName } from './operation-number.ts';
import type { ProtocolVersion } from './protocol-version.ts';

/** Whether the daemon lets this client do what touches others; `unknown` before protocol 1.35. */
export type Trust = 'trusted' | 'not-trusted' | 'unknown';

export interface OpenOptions {
  /** What to announce; both sides then speak the older of what the two announced. */
  readonly maximumVersion?: ProtocolVersion | undefined;
  /** Gives up the greeting: an `AbortSignal.timeout` is its time limit. */
  readonly signal?: AbortSignal | undefined;
  /** Whose daemon it is, for messages. */
  readonly name?: string | undefined;
  readonly limits?: WireLimits | undefined;
}

/** A greeted daemon. The functions in `operations/` talk to it, one at a time. */
export declare class DaemonConnection {
  readonly version: ProtocolVersion;
  readonly nixVersion: string | undefined;
  readonly trust: Trust;
  static open(streams: ByteStreams, options?: OpenOptions): Promise<DaemonConnection>;
  get usable(): boolean;
  close(): void;
  requireVersion(operation: OperationName, minor: number): void;
  call<Reply>(exchange: Exchange<Reply>, options?: CallOptions): Promise<Reply>;
  receiveNar(
    exchange: Pick<Exchange<never>, 'operation' | 'request'>,
    options?: CallOptions,
  ): AsyncIterable<Uint8Array>;
}
