import { VexilError } from "@vexil/plugin-api/errors";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ChangeSummary, ItemChange } from "./change.js";
import { type ChangeFault, changesRefused, MOST_CHANGE_FAULTS, resourceText } from "./changes-refused.js";
import type { WorkFiles } from "./work-files.js";

/**
 * Makes changes one after the other, each on top of those before it.
 * @returns those that made a difference
 * @throws VexilError with the place of each change that is refused: what is wrong is told at once, not one by one
 */
export async function applySeveral(
  changes: readonly ItemChange[],
  work: Pick<WorkFiles, "differences">,
  edit: (change: ItemChange) => Promise<ChangeSummary>,
): Promise<readonly ChangeSummary[]> {
  const made: ChangeSummary[] = [];
  const faults: ChangeFault[] = [];
  const slice = new TimeSlice();
  for (const [index, change] of changes.entries()) {
    const { differences } = work;
    try {
      const summary = await edit(change);
      if (work.differences !== differences) made.push(summary);
    } catch (error) {
      if (!VexilError.is(error) || !REFUSALS.has(error.kind)) throw error;
      const { code, message: reason } = error;
      faults.push({ change: index, resource: resourceText(change), code, reason });
      if (faults.length >= MOST_CHANGE_FAULTS) break;
    }
    await slice.pause();
  }
  if (faults.length > 0) throw changesRefused(faults, changes.length);
  return made;
}

/** Kinds of errors that are about one change alone. */
const REFUSALS: ReadonlySet<VexilError["kind"]> = new Set(["validation", "not-found", "exists", "conflict"]);
