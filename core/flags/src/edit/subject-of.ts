import type { Change, FilesView } from "./change.js";
import { filesOfNamespace, newFilePath } from "./namespace-files.js";

/**
 * The files a change is about, before anything is decided: the conflict rule and a request's `revision` look at
 * them. For an item that exists, the file that defines it; for a new one, the file that will.
 */
export function subjectOf(change: Change, view: Pick<FilesView, "directory" | "snapshot">): readonly string[] {
  switch (change.type) {
    case "several":
      return [...new Set(change.changes.flatMap((one) => subjectOf(one, view)))];
    case "put-namespace":
      return firstFile(view, change.key);
    case "delete-namespace":
      return everyFile(view, change.key);
    case "put-flag":
    case "delete-flag":
      return itemFile(view, change.namespace, "flag", change.key);
    case "put-segment":
    case "delete-segment":
      return itemFile(view, change.namespace, "segment", change.key);
    case "rollback":
      if (change.namespace === undefined) return [...view.snapshot.files.keys()];
      return change.resource === undefined
        ? everyFile(view, change.namespace)
        : itemFile(view, change.namespace, change.resource.type, change.resource.key);
  }
}

type View = Pick<FilesView, "directory" | "snapshot">;

function firstFile(view: View, namespace: string): readonly string[] {
  return [filesOfNamespace(view.snapshot, namespace)[0] ?? newFilePath(view, namespace)];
}

function everyFile(view: View, namespace: string): readonly string[] {
  const files = filesOfNamespace(view.snapshot, namespace);
  return files.length === 0 ? [newFilePath(view, namespace)] : files;
}

function itemFile(view: View, namespace: string, type: "flag" | "segment", key: string): readonly string[] {
  const items = view.snapshot.namespaces.get(namespace)?.items;
  const file = type === "flag" ? items?.flags.get(key)?.file : items?.segments.get(key)?.file;
  return file === undefined ? firstFile(view, namespace) : [file];
}
