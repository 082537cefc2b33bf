import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { CommitInfo, Identity } from "../repository-view.js";
import { commitMessage } from "./commit-message.js";
import { SEAL_HEADER } from "./commit-seal.js";
import { identityAddress, identityName } from "./identity-text.js";

export const INSTANCE_HEADER = "vexil-instance";
/** git's header of a signature, of whatever kind. */
const SIGNATURE_HEADER = "gpgsig";

export interface CommitFields {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Identity;
  /** The author, unless told. */
  readonly committer?: Identity;
  readonly message: string;
  readonly timestampMs: number;
  readonly instance: string;
  /** Proof of who makes it. */
  readonly seal?: string | undefined;
  readonly signature: string | undefined;
}

/** Writes a commit object. Without `signature` it is the payload that gets signed. */
export function serialiseCommit(fields: CommitFields): string {
  const { author, committer = author, timestampMs } = fields;
  const at = `${Math.floor(timestampMs / 1000)} +0000`;
  const lines = [
    `tree ${fields.tree}`,
    ...fields.parents.map((parent) => `parent ${parent}`),
    `author ${shown(author)} ${at}`,
    `committer ${shown(committer)} ${at}`,
    `${INSTANCE_HEADER} ${plain(fields.instance)}`,
    ...(fields.seal === undefined ? [] : [`${SEAL_HEADER} ${fields.seal}`]),
    ...(fields.signature === undefined
      ? []
      : [`${SIGNATURE_HEADER} ${fields.signature.trimEnd().replaceAll("\n", "\n ")}`]),
  ];
  return `${lines.join("\n")}\n\n${commitMessage(fields.message).trimEnd()}\n`;
}

/** Reads a commit object. Headers it does not know are skipped. */
export function parseCommit(oid: Oid, bytes: Uint8Array): CommitInfo {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = raw.indexOf("\n\n");
  const head = raw.subarray(0, end < 0 ? raw.byteLength : end);
  const encoding = /\nencoding (\S+)/.exec(head.toString("latin1"))?.[1];
  const headers = decode(head, encoding).replaceAll(/\n .*/g, "").split("\n");
  const values = (name: string): readonly string[] =>
    headers.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const tree = values("tree")[0];
  if (tree === undefined) {
    throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `commit ${oid} is damaged`, { details: { step: "backend" } });
  }
  return {
    oid,
    tree,
    parents: values("parent"),
    message: end < 0 ? "" : decode(raw.subarray(end + 2), encoding),
    author: parseIdentity(values("author")[0]),
    committer: parseIdentity(values("committer")[0]),
    instance: values(INSTANCE_HEADER)[0],
  };
}

function parseIdentity(text = ""): CommitInfo["author"] {
  const match = /^(.*?) ?<([^>]*)>(?: (\d+))?/.exec(text);
  return { name: match?.[1] ?? text, email: match?.[2] ?? "", timestampMs: Number(match?.[3] ?? 0) * 1000 };
}

function decode(bytes: Uint8Array, encoding: string | undefined): string {
  try {
    return new TextDecoder(encoding ?? "utf-8").decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Without a name, or an address, git itself refuses to read it. */
function shown({ name, email }: Identity): string {
  return `${identityName(name) ?? "unknown"} <${identityAddress(email) ?? "unknown"}>`;
}

/** Removes characters that would end the header, and crud at its ends. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a header ends at a line break
  const cleaned = text.replaceAll(/[<>\u0000-\u001f]/g, "").replaceAll(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, "");
  return cleaned === "" ? "unknown" : cleaned;
}
