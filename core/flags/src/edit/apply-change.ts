import { applySeveral } from "./apply-several.js";
import type { AppliedChange, BuildChanges, Change, ChangeSummary, FilesView, ItemChange } from "./change.js";
import { deleteNamespace, putNamespace } from "./change-namespace.js";
import { checkResult } from "./check-result.js";
import { deleteItem } from "./delete-item.js";
import { putItem } from "./put-item.js";
import { rollBack } from "./roll-back.js";
import { subjectOf } from "./subject-of.js";
import { WorkFiles } from "./work-files.js";
import { emptyKey, type ItemName } from "./write-errors.js";

/**
 * Applies a change to an environment's files. The result is built before it is accepted: what could not be served is
 * refused.
 * @throws VexilError of kinds not-found, exists, validation, conflict (a file with faults), with the compatible system's messages
 */
export async function applyChange(change: Change, view: FilesView, build: BuildChanges): Promise<AppliedChange> {
  const work = new WorkFiles(view);
  const summaries = await edit(change, view, work);
  const checked = await checkResult(change, view.snapshot, await work.result(), build);
  const subject = [...new Set([...subjectOf(change, view), ...checked.files.keys()])];
  return { ...checked, subject, summaries };
}

async function edit(change: Change, view: FilesView, work: WorkFiles): Promise<readonly ChangeSummary[]> {
  if (change.type === "several") return applySeveral(change.changes, work, (one) => editItem(one, view, work));
  if (change.type !== "rollback") return [await editItem(change, view, work)];
  const done = await rollBack(change, view, work);
  const { namespace, resource } = change;
  if (namespace === undefined) {
    return [{ ...done, type: "environment", namespace: "", key: view.snapshot.environment }];
  }
  return [{ ...done, type: resource?.type ?? "namespace", namespace, key: resource?.key ?? namespace }];
}

/**
 * Makes a change of one namespace, flag or segment in the files that are edited.
 * @throws VexilError that refuses it; the files then are what they were
 */
async function editItem(change: ItemChange, view: FilesView, work: WorkFiles): Promise<ChangeSummary> {
  switch (change.type) {
    case "put-namespace":
      return {
        verb: await putNamespace(change, view, work),
        type: "namespace",
        namespace: change.key,
        key: change.key,
      };
    case "delete-namespace":
      await deleteNamespace(change.key, work);
      return { verb: "delete", type: "namespace", namespace: change.key, key: change.key };
    case "put-flag":
    case "put-segment": {
      const name = nameOf(change);
      const item = change.type === "put-flag" ? change.flag : change.segment;
      return { verb: await putItem(change.mode, name, item, view, work, change.invalid), ...name };
    }
    case "delete-flag":
    case "delete-segment": {
      const name = nameOf(change);
      await deleteItem(name, work);
      return { verb: "delete", ...name };
    }
  }
}

type OfItem = Exclude<ItemChange, { readonly type: "put-namespace" | "delete-namespace" }>;

function nameOf({ type, namespace, key }: OfItem): ItemName {
  if (key === "") throw emptyKey();
  return { type: type === "put-flag" || type === "delete-flag" ? "flag" : "segment", namespace, key };
}
