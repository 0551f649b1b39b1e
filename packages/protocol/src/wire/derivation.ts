import type { BasicDerivation } from '@dispatch/nix/derivation';
import type { RequestWriter } from './request-writer.ts';

/** A BasicDerivation. The name is not part of it: the daemon takes it from the drv path. */
export function writeDerivation(out: RequestWriter, derivation: BasicDerivation): void {
  out.list(derivation.outputs, (output) => {
    out.text(output.name);
    out.text(output.path);
    out.text(output.hashAlgo);
    out.text(output.hash);
  });
  out.texts(derivation.inputSrcs);
  out.text(derivation.system);
  out.text(derivation.builder);
  out.texts(derivation.args);
  out.list(derivation.env, ([key, value]) => {
    out.text(key);
    out.text(value);
  });
}
