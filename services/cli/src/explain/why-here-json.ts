import type { StepPlace } from '@dispatch/coordinator/messages/answer';
import type { BuilderBid, PassedOver } from '@dispatch/scheduler/why-here';
import { resultMessage, type StepStatus, statuses } from '../show/step-status.ts';
import { reasonText } from './why-here-text.ts';

/** Where a step is and why, for programs, as `docs/json.md` has it. */
export function whyHereJson(run: string, place: StepPlace): object {
  const { step, original, name, result, waitsFor, hubFault, chosen, passedOver, untold } = place;
  return {
    run,
    drvPath: step,
    original,
    name,
    state: stateOf(place),
    message: result === undefined ? null : resultMessage(result, new Map()),
    waitsFor,
    hubFault: hubFault ?? null,
    builder: chosen === undefined ? null : bidJson(chosen),
    passedOver: passedOver.map(passedOverJson),
    untold,
  };
}

function stateOf({ phase, result }: StepPlace): StepPlace['phase'] | StepStatus {
  return result === undefined ? phase : statuses[result.type];
}

function bidJson({ builder, slowness, heldBytes }: BuilderBid): object {
  return { uri: builder, slowness, heldBytes };
}

function passedOverJson({ builder, reasons }: PassedOver): object {
  const later = reasons.find((reason) => reason.type === 'later');
  return {
    uri: builder,
    reasons: reasons.map((reason) => ({ type: reason.type, text: reasonText(reason, builder) })),
    laterMs: later?.byMs ?? null,
    slowness: later?.bid.slowness ?? null,
    heldBytes: later?.bid.heldBytes ?? null,
  };
}
