import type { Snapshot } from "../compile/snapshot.js";
import { type Change, namespaceOf } from "./change.js";

/**
 * Files that have not been read yet and may hold what a change is about, so that it could be taken for absent: the file
 * may be new, or have more in it than before.
 * @param read the bytes of a file
 */
export async function doubtfulFiles(
  change: Change,
  snapshot: Snapshot,
  read: (path: string) => Promise<Uint8Array | undefined>,
): Promise<readonly string[]> {
  const namespace = namespaceOf(change);
  // What is about all files is about those, too.
  if (namespace === undefined || isFound(change, namespace, snapshot)) return [];
  const doubtful: string[] = [];
  for (const [path, file] of snapshot.files) {
    if (file.unread !== true) continue;
    const bytes = file.namespaces.includes(namespace) ? undefined : await read(path);
    if (bytes === undefined || mayName(bytes, namespace)) doubtful.push(path);
  }
  return doubtful;
}

/** Tells whether what a change is about is there, whatever other files hold. */
function isFound(change: Change, namespace: string, { namespaces }: Snapshot): boolean {
  const found = namespaces.get(namespace);
  switch (change.type) {
    case "put-namespace":
      return found !== undefined;
    case "delete-namespace":
      return false;
    case "put-flag":
    case "delete-flag":
      return found?.items.flags.has(change.key) === true;
    case "put-segment":
    case "delete-segment":
      return found?.items.segments.has(change.key) === true;
    case "rollback": {
      const { resource } = change;
      if (resource === undefined) return false;
      const items = resource.type === "flag" ? found?.items.flags : found?.items.segments;
      return items?.has(resource.key) === true;
    }
  }
}

const BACKSLASH = 0x5c;

/**
 * Tells whether a text that nobody has parsed may define a namespace: it has its name somewhere, or could write it
 * differently. A document without a name is of `default`.
 */
function mayName(bytes: Uint8Array, namespace: string): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return namespace === "default" || text.includes(namespace) || text.includes(BACKSLASH) || text.includes(0);
}
