import type { SourcePlace } from "./flag-references.js";

/** Source code and flags, held against each other. */
export interface ReferenceReport {
  readonly files: number;
  /** Keys that are asked for, and no flag has. */
  readonly undefined: readonly { readonly key: string; readonly places: readonly SourcePlace[] }[];
  /** Flags that the code does not name. */
  readonly unused: readonly { readonly namespace: string; readonly flag: string }[];
  readonly used: number;
}

export function referenceText({ files, undefined: unknown, unused, used }: ReferenceReport): string {
  const lines = [
    ...unknown.flatMap(({ key, places }) => places.map((place) => `${at(place)}: flag "${key}" is not defined`)),
    ...unused.map(({ namespace, flag }) => `${namespace}/${flag}: not named in the code`),
  ];
  return [
    ...lines,
    `${files} files: ${used} flags used, ${unused.length} unused, ${unknown.length} undefined`,
    "",
  ].join("\n");
}

export function referenceMarkdown({ undefined: unknown, unused, used }: ReferenceReport): string {
  const rows = [
    ...unknown.map(
      ({ key, places }) => `| ${code(key)} | not defined | ${places.map((place) => code(at(place))).join(" ")} |`,
    ),
    ...unused.map(({ namespace, flag }) => `| ${code(`${namespace}/${flag}`)} | not used | |`),
  ];
  const table = rows.length === 0 ? [] : ["", "| flag | what | where |", "|---|---|---|", ...rows];
  const title = `### Flags in code: ${used} used, ${unused.length} unused, ${unknown.length} undefined`;
  return [title, ...table, ""].join("\n");
}

const at = ({ file, line }: SourcePlace): string => `${file}:${line}`;

function code(text: string): string {
  return `\`${text.replace(/[`|\n]/g, "?")}\``;
}
