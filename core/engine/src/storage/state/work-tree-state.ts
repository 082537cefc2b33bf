import { blobId } from "@vexil/git/objects/object-id";
import type { WorkTree, WorkTreeScan } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { headRef } from "../ref-names.js";
import type { BranchSet, ServedBranch } from "./branch-set.js";
import { type Edits, NO_EDITS } from "./environment-files.js";

/** State of a storage's work tree at the last scan; always empty without a work tree. */
export class WorkTreeState {
  readonly #workTree: WorkTree | undefined;
  readonly #branches: BranchSet;
  #last: WorkTreeScan | undefined;

  constructor(workTree: WorkTree | undefined, branches: BranchSet) {
    this.#workTree = workTree;
    this.#branches = branches;
  }

  get workTree(): WorkTree | undefined {
    return this.#workTree;
  }

  get last(): WorkTreeScan | undefined {
    return this.#last;
  }

  /** Looks at the work tree. */
  async scan(signal: AbortSignal): Promise<WorkTreeScan | undefined> {
    this.#last = await this.#workTree?.scan(this.#branches.isWanted, signal);
    return this.#last;
  }

  /** Edits to be served on top of a branch: while the configured one is checked out and nothing is under way. */
  servedEdits(branch: ServedBranch): Edits {
    if (branch !== this.#branches.main || this.#last?.blocked !== undefined) return NO_EDITS;
    return this.edits(branch);
  }

  /** Uncommitted edits where the branch is checked out, whatever is under way. */
  edits(branch: ServedBranch): Edits {
    return this.isCheckedOut(branch) ? (this.#last?.edits ?? NO_EDITS) : NO_EDITS;
  }

  isCheckedOut(branch: ServedBranch): boolean {
    return this.#last?.head.branch === headRef(branch.name);
  }

  /** @throws VexilError VEXIL_UNAVAILABLE_BLOCKED while the configured branch cannot be written */
  requireWritable(branch: ServedBranch): void {
    const blocked = this.#last?.blocked;
    if (blocked === undefined || branch !== this.#branches.main) return;
    throw new VexilError("VEXIL_UNAVAILABLE_BLOCKED", `the work tree cannot be written now: ${blocked.reason}`, {
      details: { step: "backend" },
    });
  }
}

/** Equal for equal edits. */
export function editsKey(edits: Edits): string {
  return [...edits].map(([path, bytes]) => `${path}\0${bytes === undefined ? "" : blobId(bytes)}`).join("\n");
}
