import { isUtf8 } from "node:buffer";
import type { PreviewedFile, WritePreview } from "@vexil/engine/model/write-preview";
import { decodeText } from "@vexil/flags/read/decode-text";
import { nextTurn } from "@vexil/plugin-api/time-slice";
import { z } from "zod";
import type { RequestRights } from "../rights/request-rights.js";
import { unifiedDiff } from "./unified-diff.js";

/** Bytes of one text, before or after. */
const TEXT_BYTES = 256 * 1024;
/** Characters of all texts, and of all diffs, of one answer. */
const ANSWER_CHARACTERS = 1024 * 1024;
const MOST_FILES = 500;

const fileSchema = z.object({
  path: z.string(),
  change: z.enum(["add", "modify", "delete"]),
  before: z.string().optional(),
  after: z.string().optional(),
  diff: z.string().optional().describe("As `git diff` writes it; `git apply` takes it."),
  omitted: z
    .enum(["size", "rights", "encoding"])
    .optional()
    .describe("Why something of before, after and diff is left out: too long, not to be seen, no UTF-8."),
});

/** Effect of a write as an answer tells it. */
export const previewSchema = z
  .object({
    revision: z.string().describe("The head that it was made on."),
    commit: z
      .object({ message: z.string(), authorName: z.string(), authorEmail: z.string() })
      .optional()
      .describe("Absent: there is nothing to change. The message has the trailers of this request."),
    files: z.array(fileSchema),
    moreFiles: z.int().min(0).describe("How many files are not listed."),
  })
  .describe("Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed.");

export type ShownPreview = z.input<typeof previewSchema>;

/** A preview as its caller may see it: a file may hold namespaces that only others may read. */
export async function shownPreview(
  { revision, commit, files }: WritePreview,
  environment: string,
  rights: RequestRights,
): Promise<ShownPreview> {
  const left = { texts: ANSWER_CHARACTERS, diffs: ANSWER_CHARACTERS };
  const shown: ShownPreview["files"] = [];
  for (const file of files.slice(0, MOST_FILES)) {
    if (await mayRead(file, environment, rights)) shown.push(shownFile(file, left));
    else shown.push({ ...named(file), omitted: "rights" });
    await nextTurn();
  }
  return {
    revision,
    ...(commit === undefined ? {} : { commit }),
    files: shown,
    moreFiles: files.length - shown.length,
  };
}

async function mayRead({ namespaces }: PreviewedFile, environment: string, rights: RequestRights): Promise<boolean> {
  if (namespaces.length === 0) return rights.may("read", environment);
  for (const namespace of namespaces) if (!(await rights.may("read", environment, namespace))) return false;
  return true;
}

const named = ({ path, before, after }: PreviewedFile) =>
  ({ path, change: before === undefined ? "add" : after === undefined ? "delete" : "modify" }) as const;

/** @param left characters that the answer has room for */
function shownFile(file: PreviewedFile, left: { texts: number; diffs: number }): ShownPreview["files"][number] {
  const { path, before, after } = file;
  const isText = [before, after].every((bytes) => bytes === undefined || isUtf8(bytes));
  const [textBefore, textAfter] = [before, after].map((bytes) => shownText(bytes, isText, left));
  const diff = isText ? unifiedDiff(path, utf8(before), utf8(after)) : undefined;
  const isShort = diff !== undefined && diff.length <= left.diffs;
  if (isShort) left.diffs -= diff.length;
  const isWhole =
    (before === undefined) === (textBefore === undefined) && (after === undefined) === (textAfter === undefined);
  return {
    ...named(file),
    ...(textBefore === undefined ? {} : { before: textBefore }),
    ...(textAfter === undefined ? {} : { after: textAfter }),
    ...(isShort ? { diff } : {}),
    ...(isText ? (isShort && isWhole ? {} : { omitted: "size" }) : { omitted: "encoding" }),
  };
}

function shownText(bytes: Uint8Array | undefined, isText: boolean, left: { texts: number }): string | undefined {
  if (bytes === undefined || bytes.byteLength > TEXT_BYTES) return undefined;
  const text = isText ? utf8(bytes) : decodeText(bytes).text;
  if (text === undefined || text.length > left.texts) return undefined;
  left.texts -= text.length;
  return text;
}

/** With a byte order mark, where there is one: it belongs to the diff. */
const utf8 = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
