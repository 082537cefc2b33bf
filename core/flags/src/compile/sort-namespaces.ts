import type { DocumentSource } from "./compile-namespace.js";
import type { LoadedFile, LoadedState } from "./file-cache.js";

/** Sources of one namespace in a state. */
export interface NamespaceSources {
  /** Its documents in load order, from files without faults. */
  readonly documents: DocumentSource[];
  /** Files with faults that define it, or did. */
  readonly badFiles: LoadedFile[];
}

/** The namespaces that a file had when it was last good, as far as that is known. */
export type NamespacesBefore = (path: string) => readonly string[];

/** A state's documents by namespace, in the order in which files first name them. */
export function sortNamespaces(state: LoadedState, before: NamespacesBefore): ReadonlyMap<string, NamespaceSources> {
  const found = new Map<string, NamespaceSources>();
  const sourcesOf = (namespace: string): NamespaceSources => {
    const known = found.get(namespace);
    if (known !== undefined) return known;
    const created = { documents: [], badFiles: [] };
    found.set(namespace, created);
    return created;
  };
  for (const file of state.files) {
    if (file.parsed.faults.length > 0) {
      for (const namespace of namespacesOfBadFile(file, before)) sourcesOf(namespace).badFiles.push(file);
      continue;
    }
    for (const [index, document] of file.parsed.documents.entries()) {
      sourcesOf(document.namespace.key).documents.push({ file, index, document });
    }
  }
  return found;
}

/**
 * Those it names, as far as it can be read, and those it had; else the one its directory is named for. A document whose
 * `namespace` cannot be found seems to belong to `default`: a file that never did is not believed while it has faults.
 */
export function namespacesOfBadFile(file: LoadedFile, namespacesBefore: NamespacesBefore): readonly string[] {
  const before = namespacesBefore(file.path);
  const named = file.namespaces.filter((key) => key !== "default" || before.length === 0 || before.includes(key));
  const known = new Set([...named, ...before]);
  if (known.size > 0) return [...known];
  return [file.path.split("/").at(-2) ?? "default"];
}
