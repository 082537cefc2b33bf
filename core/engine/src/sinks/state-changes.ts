import { changedItems } from "@vexil/flags/compare/changed-items";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { compareText } from "@vexil/flags/read/canonical-json";
import type { ChangeEvent, EventFault, QuarantineEvent } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";

/** One difference between two states, without what all of it has in common. */
export type StateChange =
  | Pick<ChangeEvent, "kind" | "namespace" | "type" | "key" | "before" | "after">
  | Pick<QuarantineEvent, "kind" | "namespace" | "file" | "before" | "after">;

/**
 * Compares two states of an environment, item by item: by namespace in the order of their names, in each what changed and
 * then which files keep it at an older state, or do not any more.
 * @param before undefined: there was nothing
 */
export async function* stateChanges(before: Snapshot | undefined, after: Snapshot): AsyncGenerator<StateChange> {
  const slice = new TimeSlice();
  const faults = [faultsOf(before), faultsOf(after)] as const;
  const names = new Set([
    ...(before?.namespaces.keys() ?? []),
    ...after.namespaces.keys(),
    ...faults.flatMap((side) => [...side.keys()]),
  ]);
  for (const namespace of [...names].sort(compareText)) {
    const [base, head] = [before?.namespaces.get(namespace), after.namespaces.get(namespace)];
    // What did not change is the same object, or has the same files.
    if (base !== head) {
      const comparing = changedItems(namespace, base, head);
      let step = comparing.next();
      while (step.done !== true) {
        if (slice.due) await slice.next();
        step = comparing.next();
      }
      for (const change of step.value) yield { kind: "change", ...change };
    }
    yield* faultChanges(namespace, faults[0].get(namespace), faults[1].get(namespace));
  }
}

type Faults = ReadonlyMap<string, EventFault>;

function* faultChanges(namespace: string, before: Faults | undefined, after: Faults | undefined) {
  const files = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  for (const file of [...files].sort(compareText)) {
    const [old, current] = [before?.get(file), after?.get(file)];
    if (JSON.stringify(old) === JSON.stringify(current)) continue;
    yield { kind: "quarantine", namespace, file, before: old, after: current } as const;
  }
}

/** By namespace and file; of several faults the first. */
function faultsOf(state: Snapshot | undefined): ReadonlyMap<string, Faults> {
  const found = new Map<string, Map<string, EventFault>>();
  for (const { namespace, file, reason, line, column } of state?.quarantined ?? []) {
    const files = found.get(namespace) ?? new Map<string, EventFault>();
    found.set(namespace, files);
    if (!files.has(file)) files.set(file, { reason, line, column });
  }
  return found;
}
