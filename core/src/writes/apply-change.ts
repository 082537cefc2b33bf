import { VexilError } from "../errors/vexil-error.js";
import type { AppliedChange, Change, FilesView } from "./change.js";

/** Decides what a change does to the files of an environment. */
export function applyChange(change: Change, _view: FilesView): Promise<AppliedChange> {
  return Promise.reject(new VexilError("VEXIL_REFUSED_READ_ONLY", `${change.type}: writes are not taken yet`));
}
