import type { PoisonRecord } from '@dispatch/ledger/poison-record';
import type { OutputName } from '@dispatch/nix/derivation';
import type { StorePath } from '@dispatch/nix/store-path';
import type { FormInHand } from '../poison/form-in-hand.ts';
import type { Subject } from '../resolve/subject.ts';
import type { GroupPart, MemberPart } from './group-parts.ts';

/** Why a derivation differs from what Nix computed, or does not. */
export interface Explanation {
  readonly subject: Subject;
  readonly form: FormInHand;
  readonly original: DerivationForm;
  readonly inHand: DerivationForm;
  /** Given for a member of a group. */
  readonly member: MemberPart | undefined;
  /**
   * What would be built now; undefined where the `.drv` file is gone, where a member is explained
   * without its group, and where its group was tried before and will get new paths.
   */
  readonly now: DerivationForm | undefined;
  /** The serials that made the form in hand what it is, its own or from below; nearest first. */
  readonly causes: readonly Cause[];
  /** The same for what would be built now. */
  readonly causesNow: readonly Cause[];
  /** The groups whose ids made the form in hand what it is, its own or from below; nearest first. */
  readonly groups: readonly GroupPart[];
  /** The same for what would be built now. */
  readonly groupsNow: readonly GroupNow[];
}

/** A group as it would be built now. */
export interface GroupNow extends GroupPart {
  /** `again`: it was tried without success, and gets new paths when it is built. */
  readonly state: 'committed' | 'first' | 'again';
}

/** One form of a derivation. A path is undefined where it is not known without building. */
export interface DerivationForm {
  readonly drvPath: StorePath;
  readonly outputs: readonly { readonly name: OutputName; readonly path: StorePath | undefined }[];
}

/** A serial that changes a derivation. */
export interface Cause {
  /** The poisoned derivation. */
  readonly original: StorePath;
  readonly name: string;
  readonly serial: number;
  /** Who gave it, when and why; undefined for a serial that the ledger does not know. */
  readonly record: PoisonRecord | undefined;
  /** Names of derivations from the one explained down to the poisoned one. */
  readonly chain: readonly string[];
}

/** Whether two forms have the same outputs, as derivations behind a fixed-output one do. */
export function haveSameOutputs(a: DerivationForm, b: DerivationForm): boolean {
  return a.outputs.every(({ path }, index) => path === b.outputs[index]?.path);
}
