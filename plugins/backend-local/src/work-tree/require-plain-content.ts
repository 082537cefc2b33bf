import { TimeSlice } from "@vexil/plugin-api";
import { blocked } from "../disk/disk-error.js";
import type { TreeChange } from "../objects/tree-reader.js";
import { type AttributeFile, Attributes } from "./attributes.js";
import type { WorkTreeParts } from "./work-tree-parts.js";

/**
 * Files whose content git would convert are not written: the user's git knows how.
 * @throws VexilError VEXIL_UNAVAILABLE_BLOCKED
 */
export async function requirePlainContent(
  { walk, guard, objects }: Pick<WorkTreeParts, "walk" | "guard" | "objects">,
  changes: ReadonlyMap<string, TreeChange>,
  signal: AbortSignal,
): Promise<void> {
  await walk.walk(new TimeSlice(), signal);
  const incoming: AttributeFile[] = [];
  for (const [path, { after }] of changes) {
    if (after === undefined || !/(?:^|\/)\.gitattributes$/.test(path)) continue;
    const text = Buffer.from((await objects.read([after.oid])).get(after.oid)?.bytes ?? []).toString("utf8");
    incoming.push({ directory: path.slice(0, path.lastIndexOf("/") + 1), text });
  }
  const paths = [...changes].filter(([, { after }]) => after !== undefined).map(([path]) => path);
  for (const attributes of [guard.attributes(walk.attributes), new Attributes(incoming)]) {
    const reason = guard.blockedByAttributes(paths, attributes)?.reason;
    if (reason !== undefined) throw blocked(reason);
  }
}
