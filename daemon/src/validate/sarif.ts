import { isAbsolute, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { FINDING_RULES, type FindingRule } from "@vexil/flags/read/inspected-file";
import { version } from "../version.js";
import type { PlacedFinding } from "./placed-finding.js";

const RULES = Object.keys(FINDING_RULES) as readonly FindingRule[];

/** Findings as a SARIF 2.1.0 log, which code scanning takes. */
export function sarifLog(findings: readonly PlacedFinding[]): object {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Vexil",
            version,
            rules: RULES.map((id) => ({ id, shortDescription: { text: FINDING_RULES[id] } })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map(({ file, rule, severity, message, line, column }) => ({
          ruleId: rule,
          ruleIndex: RULES.indexOf(rule),
          level: severity,
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                ...(line === undefined ? {} : { region: { startLine: line, startColumn: column ?? 1 } }),
              },
            },
          ],
        })),
      },
    ],
  };
}

function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split(sep).map(encodeURIComponent).join("/");
}
