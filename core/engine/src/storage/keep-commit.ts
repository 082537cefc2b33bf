import type { Backend, Oid, RefName } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { keptRef } from "./ref-names.js";

const TRIES = 3;

/**
 * Keeps a commit that its branch loses reachable, under `refs/vexil/kept/`.
 * @param reason of the ref's move
 * @throws VexilError VEXIL_UNAVAILABLE_STORAGE where the backend does not make the ref: the commit must not be left then
 */
export async function keepCommit({ refs }: Backend, commit: Oid, reason: string): Promise<RefName> {
  const kept = keptRef(commit);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if ((await refs.list(kept)).has(kept)) return kept;
    // A refusal may mean that another daemon was faster, or that a user's git held a lock.
    if (await refs.compareAndSwap([{ ref: kept, old: undefined, new: commit, reason }])) return kept;
  }
  if ((await refs.list(kept)).has(kept)) return kept;
  throw new VexilError(
    "VEXIL_UNAVAILABLE_STORAGE",
    `the backend did not make ${kept}, so commit ${commit} is not set aside yet; it is tried again`,
    { details: { step: "backend" } },
  );
}
