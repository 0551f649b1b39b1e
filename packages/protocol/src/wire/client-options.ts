import { byteStringOfText } from '@dispatch/nix/byte-string';
import type { ClientOptions } from '../client-options.ts';
import type { RequestWriter } from './request-writer.ts';

// The values of fields that have lost their meaning.
const useBuildHook = 1;
const verboseBuild = 0;
const logType = 0;
const printBuildTrace = 0;

/** The fields of SetOptions. */
export function writeClientOptions(out: RequestWriter, settings: ClientOptions): void {
  out.boolean(settings.keepFailed);
  out.boolean(settings.keepGoing);
  out.boolean(settings.tryFallback);
  out.integer(settings.verbosity);
  out.integer(settings.maxBuildJobs);
  out.integer(settings.maxSilentTime);
  out.integer(useBuildHook);
  out.integer(verboseBuild);
  out.integer(logType);
  out.integer(printBuildTrace);
  out.integer(settings.buildCores);
  out.boolean(settings.useSubstitutes);
  out.list([...settings.overrides], ([name, value]) => {
    out.text(byteStringOfText(name));
    out.text(byteStringOfText(value));
  });
}
