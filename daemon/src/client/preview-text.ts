import type { ShownPreview } from "../http/management/shown-preview.js";
import { printable } from "./printable.js";

export type { ShownPreview };

/** Reasons why a file is shown without its diff. */
const UNTOLD = {
  size: "its diff is too long to be shown",
  rights: "it holds namespaces that you may not read",
  encoding: "it is no UTF-8, which no diff can show",
} as const;

/** A preview for people. */
export function previewText(target: string, { revision, commit, files, moreFiles }: ShownPreview): string {
  if (commit === undefined) return `nothing to change: ${target} is so already; the head is ${revision}\n`;
  const { message, authorName, authorEmail } = commit;
  const lines = [
    `would be committed on ${revision}`,
    `Author: ${authorName} <${authorEmail}>`,
    "",
    ...message.split("\n").map((line) => (line === "" ? "" : `    ${line}`)),
    "",
  ];
  const told = files.map(({ path, change, diff, omitted }) =>
    diff === undefined ? `${change} ${path}: ${UNTOLD[omitted ?? "size"]}\n` : diff,
  );
  const more = moreFiles > 0 ? `and ${moreFiles} more files\n` : "";
  return `${printable(lines.join("\n"))}\n${told.map(shownDiff).join("")}${more}`;
}

/** With the ends of its lines as they are. */
function shownDiff(diff: string): string {
  return diff.split("\r\n").map(printable).join("\r\n");
}
