import { type OperationName, operationNumbers } from '@dispatch/protocol/operation-number';

/** Whether a client's bytes begin an operation: each request leaves in one piece, its number first. */
export function isRequest(chunk: Buffer, operation: OperationName): boolean {
  return chunk.length >= 8 && chunk.readBigUInt64LE() === BigInt(operationNumbers[operation]);
}
