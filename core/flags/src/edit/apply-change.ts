import type { AppliedChange, BuildChanges, Change, ChangeSummary, FilesView } from "./change.js";
import { deleteNamespace, putNamespace } from "./change-namespace.js";
import { checkResult } from "./check-result.js";
import { deleteItem } from "./delete-item.js";
import { putItem } from "./put-item.js";
import { rollBack } from "./roll-back.js";
import { subjectOf } from "./subject-of.js";
import { WorkFiles } from "./work-files.js";
import { emptyKey } from "./write-errors.js";

/**
 * Applies a change to an environment's files. The result is built before it is accepted: what could not be served is
 * refused.
 * @throws VexilError of kinds not-found, exists, validation, conflict (a file with faults), with the compatible system's messages
 */
export async function applyChange(change: Change, view: FilesView, build: BuildChanges): Promise<AppliedChange> {
  const work = new WorkFiles(view);
  const summary = await edit(change, view, work);
  const checked = await checkResult(change, view.snapshot, await work.result(), build);
  const subject = [...new Set([...subjectOf(change, view), ...checked.files.keys()])];
  return { ...checked, subject, summary };
}

async function edit(change: Change, view: FilesView, work: WorkFiles): Promise<ChangeSummary> {
  switch (change.type) {
    case "put-namespace":
      await putNamespace(change, view, work);
      return { verb: change.mode, type: "namespace", namespace: change.key, key: change.key };
    case "delete-namespace":
      await deleteNamespace(change.key, view, work);
      return { verb: "delete", type: "namespace", namespace: change.key, key: change.key };
    case "put-flag":
    case "put-segment": {
      const name = { type: change.type === "put-flag" ? "flag" : "segment", ...keys(change) } as const;
      const item = change.type === "put-flag" ? change.flag : change.segment;
      await putItem(change.mode, name, item, view, work, change.invalid);
      return { verb: change.mode, ...name };
    }
    case "delete-flag":
    case "delete-segment": {
      const name = { type: change.type === "delete-flag" ? "flag" : "segment", ...keys(change) } as const;
      await deleteItem(name, view, work);
      return { verb: "delete", ...name };
    }
    case "rollback": {
      const done = await rollBack(change, view, work);
      const { namespace, resource } = change;
      if (namespace === undefined) {
        return { ...done, type: "environment", namespace: "", key: view.snapshot.environment };
      }
      return { ...done, type: resource?.type ?? "namespace", namespace, key: resource?.key ?? namespace };
    }
  }
}

function keys({ namespace, key }: { readonly namespace: string; readonly key: string }) {
  if (key === "") throw emptyKey();
  return { namespace, key };
}
