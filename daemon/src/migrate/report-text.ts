import { counted } from "../client/counted.js";
import { printableLine } from "../client/printable.js";
import type { Notice, NoticeKind } from "./model/report.js";
import type { WrittenNamespace } from "./model/written-namespace.js";

export type ReportFormat = "text" | "json" | "markdown";

/** The subject of a report. */
interface Reported {
  readonly namespaces: readonly WrittenNamespace[];
  readonly notices: readonly Notice[];
  readonly isLossless: boolean;
}

const TITLES: Readonly<Record<NoticeKind, string>> = {
  lost: "Could not be carried over",
  changed: "Some get another answer than before",
  assumed: "Carried over, as long as this holds",
};

/**
 * A summary of all that was read, and each notice, for people or programs.
 * @param more members of the JSON, beside those of the report
 */
export function reportText(imported: Reported, format: ReportFormat, more: object = {}): string {
  if (format === "json") return `${JSON.stringify({ ...asJson(imported), ...more }, null, 2)}\n`;
  return format === "markdown" ? markdown(imported) : plain(imported);
}

function asJson({ namespaces, notices, isLossless }: Reported): object {
  const read = namespaces.map(({ key, flags, segments }) => ({
    key,
    flags: flags.map((flag) => flag.key),
    segments: segments.map((segment) => segment.key),
  }));
  return { lossless: isLossless, namespaces: read, notices };
}

function plain(imported: Reported): string {
  const groups = grouped(imported.notices).map(([kind, notices]) => {
    const lines = notices.map(({ where, what, why, done }) => `  ${where}\n    ${what}: ${why}; ${done}`);
    return `\n${TITLES[kind]}:\n${lines.map((line) => line.split("\n").map(printableLine).join("\n")).join("\n")}\n`;
  });
  return `${summary(imported)}\n${groups.join("")}`;
}

function markdown(imported: Reported): string {
  const groups = grouped(imported.notices).map(([kind, notices]) => {
    const rows = notices.map(({ where, what, why, done }) => `| ${[where, what, why, done].map(cell).join(" | ")} |\n`);
    return `\n### ${TITLES[kind]}\n\n| where | what | why | what was done |\n| --- | --- | --- | --- |\n${rows.join("")}`;
  });
  return `${summary(imported)}\n${groups.join("")}`;
}

function summary({ namespaces, notices, isLossless }: Reported): string {
  const read = namespaces.map(
    ({ key, flags, segments }) => `${key}: ${counted(flags.length, "flag")}, ${counted(segments.length, "segment")}`,
  );
  const told = notices.length === 0 ? "Everything was carried over exactly." : isLossless ? "Nothing was lost." : "";
  return [...read, ...(told === "" ? [] : [told])].join("\n");
}

function grouped(notices: readonly Notice[]): readonly (readonly [NoticeKind, readonly Notice[]])[] {
  const kinds = Object.keys(TITLES) as readonly NoticeKind[];
  return kinds
    .map((kind) => [kind, notices.filter((notice) => notice.kind === kind)] as const)
    .filter(([, found]) => found.length > 0);
}

/** A text within a cell of a table, whatever it is. */
function cell(text: string): string {
  return printableLine(text).replaceAll(/[\\|`<>[\]*_]/g, "\\$&");
}
