import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Edits } from "../state/environment-files.js";
import type { FileTable, KnownHeads } from "../state/known-heads.js";

/** Input of the conflict rule for one write. */
export interface ConflictQuestion {
  /** Files the write was decided on. */
  readonly subject: readonly string[];
  /**
   * {@link KnownHeads.sequence} when the request arrived; undefined: the request names the revision that counts
   * ({@link checkRevision}).
   */
  readonly arrived: number | undefined;
  /** The head the write is made on. */
  readonly head: Oid;
  /** The files of that head, writes of the same group included. */
  readonly files: FileTable;
  readonly edits: Edits;
}

/**
 * The conflict rule: a write to a flag file that others changed since the commit known when the request arrived is
 * refused, as is one to a file with uncommitted edits. Throws what refuses it.
 */
export function checkUnchanged(question: ConflictQuestion, known: KnownHeads): void {
  for (const path of question.subject) {
    if (question.edits.has(path)) {
      throw new VexilError(
        "VEXIL_CONFLICT_UNCOMMITTED",
        `${path} has uncommitted edits in the work tree (known commit ${question.head}); commit or undo them, then try again`,
        { details: { file: path, known: question.head } },
      );
    }
    const before = question.arrived === undefined ? undefined : known.changedByOthers(path, question.arrived);
    if (before !== undefined) {
      throw new VexilError(
        "VEXIL_CONFLICT_FILE_CHANGED",
        `${path} has changed since the known commit ${before} (found ${question.head}); read it again, then try again`,
        { details: { file: path, known: before, found: question.head } },
      );
    }
  }
}

/** Refuses a write that names a revision at which its files were not what they are now. */
export async function checkRevision(
  question: ConflictQuestion,
  revision: Oid,
  fileAt: (revision: Oid, path: string) => Promise<{ readonly oid: Oid | undefined } | undefined>,
): Promise<void> {
  if (revision === question.head) return;
  for (const path of question.subject) {
    const then = await fileAt(revision, path);
    if (then === undefined || then.oid !== question.files.get(path)) {
      throw new VexilError(
        "VEXIL_CONFLICT_REVISION",
        `expected head revision "${revision}" has changed (now "${question.head}")`,
        { details: { file: path, known: revision, found: question.head } },
      );
    }
  }
}
