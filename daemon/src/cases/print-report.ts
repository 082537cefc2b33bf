import { version } from "../version.js";
import { type CaseReport, faultLine, flagName, type ReportedCase } from "./case-report.js";
import { junitReport } from "./junit.js";

export const CASE_FORMATS = ["tap", "junit", "json", "github"] as const;
export type CaseFormat = (typeof CASE_FORMATS)[number];

/** Results for users and harnesses (`tap`), CI servers (`junit`), programs (`json`) and GitHub's annotations. */
export function printReport(format: CaseFormat, report: CaseReport): string {
  switch (format) {
    case "tap":
      return tap(report);
    case "junit":
      return junitReport(report);
    case "json":
      return `${JSON.stringify(jsonReport(report), undefined, 2)}\n`;
    case "github":
      return github(report);
  }
}

/** Test Anything Protocol, version 14. */
function tap({ cases, faults }: CaseReport): string {
  const lines = cases.map((one, index) => {
    const text = `${index + 1} - ${tapText(`${flagName(one)}: ${one.name}`)}\n`;
    if (one.failures.length === 0) return `ok ${text}`;
    const failures = one.failures.map((failure) => `    - ${JSON.stringify(failure)}\n`).join("");
    const place = JSON.stringify(`${one.file}:${one.line}:${one.column}`);
    return `not ok ${text}  ---\n  at: ${place}\n  failures:\n${failures}  ...\n`;
  });
  const faulty = faults.map((fault) => `# ${faultLine(fault)}`).join("");
  const end = faults.length === 0 ? "" : `Bail out! ${faults.length === 1 ? "a file" : "files"} cannot be used\n`;
  return `TAP version 14\n1..${cases.length}\n${lines.join("")}${faulty}${end}`;
}

/** `#` begins a directive, and a line ends a description. */
function tapText(text: string): string {
  return text.replace(/[\\#]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

function jsonReport({ cases, faults }: CaseReport): object {
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  return {
    vexil: version,
    passed: cases.length - failed,
    failed,
    cases: cases.map((one) => ({ ...one, ok: one.failures.length === 0 })),
    faults: faults.map(({ file, line, column, reason }) => ({ file, line, column, reason })),
  };
}

function github({ cases, faults }: CaseReport): string {
  const failed = cases.filter(({ failures }) => failures.length > 0);
  return [
    ...faults.map(({ file, line, column, reason }) => annotation({ file, line, col: column }, "vexil test", reason)),
    ...failed.map((one: ReportedCase) =>
      annotation(
        { file: one.file, line: one.line, col: one.column },
        `${flagName(one)}: ${one.name}`,
        one.failures.join("\n"),
      ),
    ),
  ].join("");
}

/** A workflow command: `::error file=…,line=…,col=…,title=…::message`. */
function annotation(
  place: Readonly<Record<string, string | number | undefined>>,
  title: string,
  message: string,
): string {
  const given = Object.entries({ ...place, title }).filter(([, value]) => value !== undefined);
  const text = given.map(([name, value]) => `${name}=${escaped(String(value), /[%\r\n:,]/g)}`).join(",");
  return `::error ${text}::${escaped(message, /[%\r\n]/g)}\n`;
}

function escaped(text: string, special: RegExp): string {
  return text.replace(special, (character) => encodeURIComponent(character));
}
