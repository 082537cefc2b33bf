import type { Snapshot } from "../compile/snapshot.js";
import type { FilesView } from "./change.js";

/** Paths of the files that define a namespace, in load order; bad files count too. */
export function filesOfNamespace(snapshot: Snapshot, namespace: string): readonly string[] {
  const found = [...snapshot.files].filter(([, file]) => file.namespaces.includes(namespace));
  return found.map(([path]) => path);
}

/** Tells whether a namespace exists. `default` always does, if only implicitly. */
export function hasNamespace(snapshot: Snapshot, namespace: string): boolean {
  return (
    namespace === "default" || snapshot.namespaces.has(namespace) || filesOfNamespace(snapshot, namespace).length > 0
  );
}

/** Where a namespace without files gets its first one: to a file of its directory that is there already, if any. */
export function newFilePath(
  { directory, snapshot }: Pick<FilesView, "directory" | "snapshot">,
  namespace: string,
): string {
  const folder = directory === "" ? namespace : `${directory}/${namespace}`;
  const [yaml, yml] = [`${folder}/features.yaml`, `${folder}/features.yml`];
  return snapshot.files.has(yml) && !snapshot.files.has(yaml) ? yml : yaml;
}
