import { TimeSlice } from "@vexil/plugin-api/time-slice";
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
  const sought = soughtNamespaces(change, snapshot);
  if (sought.size === 0) return [];
  const doubtful: string[] = [];
  for (const [path, file] of snapshot.files) {
    if (file.unread !== true) continue;
    const isNamed = file.namespaces.some((key) => sought.has(key));
    const bytes = isNamed ? undefined : await read(path);
    if (bytes === undefined || (await mayNameOne(bytes, sought))) doubtful.push(path);
  }
  return doubtful;
}

/** Namespaces in which something that a change is about is not found. */
function soughtNamespaces(change: Change, snapshot: Snapshot): ReadonlySet<string> {
  const sought = new Set<string>();
  for (const one of change.type === "several" ? change.changes : [change]) {
    const namespace = one.type === "rollback" ? one.namespace : namespaceOf(one);
    // What is about all files is about those, too.
    if (namespace !== undefined && !isFound(one, namespace, snapshot)) sought.add(namespace);
  }
  return sought;
}

/** Tells whether what a change is about is there, whatever other files hold. */
function isFound(
  change: Exclude<Change, { readonly type: "several" }>,
  namespace: string,
  { namespaces }: Snapshot,
): boolean {
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

async function mayNameOne(bytes: Uint8Array, namespaces: ReadonlySet<string>): Promise<boolean> {
  const slice = new TimeSlice();
  for (const namespace of namespaces) {
    if (mayName(bytes, namespace)) return true;
    await slice.pause();
  }
  return false;
}
