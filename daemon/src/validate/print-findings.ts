import type { PlacedFinding } from "./placed-finding.js";
import { sarifLog } from "./sarif.js";

export const FORMATS = ["text", "json", "github", "sarif"] as const;
export type Format = (typeof FORMATS)[number];

/** Result of a look at all files. */
export interface Report {
  readonly files: number;
  readonly findings: readonly PlacedFinding[];
}

/** Findings for users (`text`), programs (`json`), GitHub's annotations and code scanning. */
export function printFindings(format: Format, { files, findings }: Report): string {
  switch (format) {
    case "text":
      return findings.map(textLine).join("");
    case "json":
      return `${JSON.stringify({ files, ...countSeverities(findings), findings }, undefined, 2)}\n`;
    case "github":
      return findings.map(githubCommand).join("");
    case "sarif":
      return `${JSON.stringify(sarifLog(findings), undefined, 2)}\n`;
  }
}

export function countSeverities(findings: readonly PlacedFinding[]): {
  readonly errors: number;
  readonly warnings: number;
} {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: findings.length - errors };
}

function textLine({ file, line, column, severity, rule, message }: PlacedFinding): string {
  const place = rule === "no-files" ? file : `${file}:${line ?? 1}:${column ?? 1}`;
  return `${place}: ${severity === "warning" ? "warning: " : ""}${message}\n`;
}

/** A workflow command: `::error file=…,line=…,col=…,title=…::message`. */
function githubCommand({ file, line, column, severity, rule, message }: PlacedFinding): string {
  const properties = { file, line, col: column, title: `vexil ${rule}` };
  const given = Object.entries(properties).filter(([, value]) => value !== undefined);
  const text = given.map(([name, value]) => `${name}=${escaped(String(value), /[%\r\n:,]/g)}`).join(",");
  return `::${severity} ${text}::${escaped(message, /[%\r\n]/g)}\n`;
}

function escaped(text: string, special: RegExp): string {
  return text.replace(special, (character) => encodeURIComponent(character));
}
