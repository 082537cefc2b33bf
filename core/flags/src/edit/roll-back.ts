import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Snapshot } from "../compile/snapshot.js";
import type { Change, ChangeSummary, FilesView } from "./change.js";
import { deleteNamespace, putNamespace } from "./change-namespace.js";
import { deleteItem } from "./delete-item.js";
import { itemTree } from "./edit-items.js";
import { sameTree } from "./item-tree.js";
import { filesOfNamespace, hasNamespace } from "./namespace-files.js";
import { putItem } from "./put-item.js";
import { rollBackEnvironment } from "./roll-back-environment.js";
import type { WorkFiles } from "./work-files.js";
import { faultyThen, type ItemName } from "./write-errors.js";

export type Rollback = Extract<Change, { readonly type: "rollback" }>;

/** Puts a resource, a namespace or an environment back to what it was. Resolves to what that came to. */
export async function rollBack(
  change: Rollback,
  view: FilesView,
  work: WorkFiles,
): Promise<{ readonly verb: ChangeSummary["verb"]; readonly rolledBackTo: Oid }> {
  const past = await view.at(change.to);
  if (past === undefined) throw new VexilError("VEXIL_NOT_FOUND", `revision "${change.to}" not found`);
  const { namespace, resource } = change;
  if (namespace === undefined) {
    await rollBackEnvironment(past, view, work);
    return { verb: "update", rolledBackTo: past.revision };
  }
  requireGood(past, namespace, view, resource);
  const verb =
    resource === undefined
      ? await rollBackNamespace(namespace, past, view, work)
      : await rollBackItem({ ...resource, namespace }, past.snapshot, view, work);
  return { verb, rolledBackTo: past.revision };
}

/**
 * Refuses a revision at which a file of the namespace was faulty: an item that cannot be read there was not absent.
 * @throws VexilError VEXIL_CONFLICT_FILE_FAULTY naming the fault
 */
function requireGood(past: FilesView, namespace: string, view: FilesView, item: Rollback["resource"]): void {
  if (item !== undefined && itemOf(past.snapshot, { ...item, namespace }) !== undefined) return;
  const now = filesOfNamespace(view.snapshot, namespace);
  const fault = past.snapshot.quarantined.find((one) => one.namespace === namespace || now.includes(one.file));
  if (fault !== undefined) throw faultyThen(fault, past.revision);
}

async function rollBackItem(
  name: ItemName,
  past: Snapshot,
  view: FilesView,
  work: WorkFiles,
): Promise<ChangeSummary["verb"]> {
  const before = itemOf(past, name);
  const now = itemOf(view.snapshot, name);
  if (before === undefined) {
    if (now !== undefined) await deleteItem(name, work);
    return "delete";
  }
  const list = name.type === "flag" ? "flags" : "segments";
  if (now !== undefined && sameTree(itemTree(now, list, undefined), itemTree(before, list, undefined))) return "update";
  return putItem("back", name, before, view, work);
}

function itemOf(snapshot: Snapshot, { type, namespace, key }: ItemName) {
  const items = snapshot.namespaces.get(namespace)?.items;
  return type === "flag" ? items?.flags.get(key)?.flag : items?.segments.get(key)?.segment;
}

async function rollBackNamespace(
  key: string,
  past: FilesView,
  view: FilesView,
  work: WorkFiles,
): Promise<ChangeSummary["verb"]> {
  const now = filesOfNamespace(view.snapshot, key);
  const then = filesOfNamespace(past.snapshot, key);
  if (then.length === 0) {
    if (now.length > 0 && hasNamespace(view.snapshot, key)) await deleteNamespace(key, work);
    return "delete";
  }
  const alone = (snapshot: Snapshot, paths: readonly string[]): boolean =>
    paths.every((path) => (snapshot.files.get(path)?.namespaces.length ?? 0) <= 1);
  // Files that hold nothing else come back as they were, comments and all.
  if (
    alone(view.snapshot, now) &&
    alone(past.snapshot, then) &&
    then.every((path) => isFree(path, key, view.snapshot))
  ) {
    await restoreFiles(now, then, past, view, work);
  } else {
    await restoreItems(key, past, view, work);
  }
  return now.length === 0 ? "create" : "update";
}

function isFree(path: string, key: string, snapshot: Snapshot): boolean {
  const namespaces = snapshot.files.get(path)?.namespaces ?? [];
  return namespaces.every((namespace) => namespace === key);
}

async function restoreFiles(
  now: readonly string[],
  then: readonly string[],
  past: FilesView,
  view: FilesView,
  work: WorkFiles,
): Promise<void> {
  for (const path of now) if (!then.includes(path)) work.replace(path, undefined);
  for (const path of then) {
    if (past.snapshot.files.get(path)?.oid === view.snapshot.files.get(path)?.oid) continue;
    work.replace(path, await past.read(path));
  }
}

/** Item by item, where files are shared with other namespaces. */
async function restoreItems(key: string, past: FilesView, view: FilesView, work: WorkFiles): Promise<void> {
  const before = past.snapshot.namespaces.get(key);
  const now = view.snapshot.namespaces.get(key);
  if (before === undefined) return;
  const named = { key, name: before.name, description: before.description };
  if (now === undefined || now.name !== before.name || now.description !== before.description) {
    await putNamespace({ mode: now === undefined ? "create" : "update", ...named }, view, work);
  }
  const segments = [...before.items.segments.keys()];
  const flags = [...before.items.flags.keys()];
  for (const segment of segments) {
    await rollBackItem({ type: "segment", namespace: key, key: segment }, past.snapshot, view, work);
  }
  for (const flag of [...flags, ...(now?.items.flags.keys() ?? [])]) {
    await rollBackItem({ type: "flag", namespace: key, key: flag }, past.snapshot, view, work);
  }
  for (const segment of now?.items.segments.keys() ?? []) {
    if (!before.items.segments.has(segment)) {
      await rollBackItem({ type: "segment", namespace: key, key: segment }, past.snapshot, view, work);
    }
  }
}
