import type { Change, FilesView } from "./change.js";

/** The files a change will be decided on, before it is applied: the conflict rule looks at them first. */
export function subjectOf(_change: Change, _view: FilesView): readonly string[] {
  return [];
}
