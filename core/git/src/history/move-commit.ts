import type { GitObject, Oid } from "@vexil/plugin-api";
import { INSTANCE_HEADER } from "../objects/commit-codec.js";
import { gitObject } from "../objects/object-id.js";

/** Headers that a commit on another parent does not have any more: its place, and signatures over it. */
const REPLACED = new Set(["tree", "parent", "gpgsig", "gpgsig-sha256", "mergetag", INSTANCE_HEADER]);

/**
 * The same commit on another parent and tree: author, committer, dates with their time zones, encoding and message stay
 * byte for byte.
 */
export function moveCommit(
  bytes: Uint8Array,
  to: { readonly tree: Oid; readonly parent: Oid; readonly instance: string },
): GitObject {
  const text = Buffer.from(bytes).toString("latin1");
  const end = text.indexOf("\n\n");
  const head = end === -1 ? text : text.slice(0, end);
  const kept: string[] = [];
  let keeps = true;
  for (const line of head.split("\n")) {
    // A line that begins with a space belongs to the header before.
    if (!line.startsWith(" ")) keeps = !REPLACED.has(line.split(" ", 1)[0] ?? "");
    if (keeps) kept.push(line);
  }
  const lines = [`tree ${to.tree}`, `parent ${to.parent}`, ...kept, `${INSTANCE_HEADER} ${to.instance}`];
  return gitObject("commit", Buffer.from(`${lines.join("\n")}${end === -1 ? "\n\n" : text.slice(end)}`, "latin1"));
}
