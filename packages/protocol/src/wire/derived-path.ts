import { type DerivedPath, printDerivedPath } from '@dispatch/nix/derived-path';
import type { ProtocolVersion } from '../protocol-version.ts';
import type { RequestWriter } from './request-writer.ts';

/** Build targets in the form of the negotiated version: before 1.30, a plain `.drv` path meant all outputs. */
export function writeDerivedPaths(
  out: RequestWriter,
  targets: readonly DerivedPath[],
  version: ProtocolVersion,
): void {
  out.texts(targets.map((target) => derivedPathText(target, version)));
}

/** Before 1.30 there was no `!*`: a bare derivation path meant all of its outputs. */
function derivedPathText(target: DerivedPath, version: ProtocolVersion): string {
  if (target.kind === 'built' && target.outputs === '*' && version.minor < 30) {
    return target.drvPath;
  }
  return printDerivedPath(target);
}
