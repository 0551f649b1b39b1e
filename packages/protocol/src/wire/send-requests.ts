import type { Request } from '../exchange.ts';
import { operationNumbers } from '../operation-number.ts';
import type { Link } from './link.ts';
import { RequestWriter } from './request-writer.ts';

/** Sends requests, one after the other in one write. */
export function sendRequests(link: Link, requests: readonly Request[]): void {
  const out = new RequestWriter();
  for (const { operation, request } of requests) {
    out.integer(operationNumbers[operation]);
    request(out);
  }
  link.send(out.bytes);
}
