import type { GitObject, Oid } from "@vexil/plugin-api";
import { INSTANCE_HEADER } from "../objects/commit-codec.js";
import { SEAL_HEADER, type Sealer } from "../objects/commit-seal.js";
import { gitObject } from "../objects/object-id.js";

/** Headers that a commit on another parent does not have any more: its place, and signatures and proofs over it. */
const REPLACED = new Set(["tree", "parent", "gpgsig", "gpgsig-sha256", "mergetag", INSTANCE_HEADER, SEAL_HEADER]);

/**
 * The same commit on another parent and tree: author, committer, dates with their time zones, encoding and message stay
 * byte for byte.
 * @param to `seal`: proves that its maker is who it was before
 */
export function moveCommit(
  bytes: Uint8Array,
  to: { readonly tree: Oid; readonly parent: Oid; readonly instance: string; readonly seal?: Sealer | undefined },
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
  const withHeaders = (headers: readonly string[]): Uint8Array =>
    Buffer.from(`${headers.join("\n")}${end === -1 ? "\n\n" : text.slice(end)}`, "latin1");
  const unsealed = withHeaders(lines);
  const seal = to.seal?.(unsealed);
  return gitObject("commit", seal === undefined ? unsealed : withHeaders([...lines, `${SEAL_HEADER} ${seal}`]));
}
