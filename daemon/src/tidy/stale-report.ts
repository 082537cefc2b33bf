import { counted } from "../client/counted.js";
import { STALE_REASONS, type StaleReason } from "../usage/stale-flag.js";

/** A flag that somebody should look at. */
export interface StaleFlag {
  readonly namespace: string;
  readonly flag: string;
  readonly reasons: readonly StaleReason[];
  readonly lastEvaluated?: string;
  /** Of the days asked for. */
  readonly evaluations?: number;
}

/** Lines for people: a flag each. */
export function staleText(flags: readonly StaleFlag[], total: number, days: number): string {
  const rows = flags.map((one) => [`${one.namespace}/${one.flag}`, one.reasons.join(", "), used(one)]);
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(([name = "", reasons = "", use = ""]) =>
    `${name.padEnd(widths[0] ?? 0)}  ${reasons.padEnd(widths[1] ?? 0)}  ${use}`.trimEnd(),
  );
  const reasons = [...new Set(flags.flatMap((one) => one.reasons))];
  const legend = reasons.map((reason) => `${reason}: ${meaning(reason, days)}`);
  return [...lines, ...(lines.length === 0 ? [] : ["", ...legend, ""]), summary(flags.length, total), ""].join("\n");
}

/** A table for a comment at a pull request. */
export function staleMarkdown(flags: readonly StaleFlag[], total: number, days: number): string {
  const rows = flags.map(
    (one) =>
      `| ${code(`${one.namespace}/${one.flag}`)} | ${one.reasons.map((r) => meaning(r, days)).join("; ")} | ${used(one)} |`,
  );
  const table = rows.length === 0 ? [] : ["", "| flag | why | use |", "|---|---|---|", ...rows];
  return [`### Stale flags: ${flags.length} of ${total}`, ...table, ""].join("\n");
}

function summary(stale: number, total: number): string {
  return `${stale} of ${counted(total, "flag")} stale`;
}

function meaning(reason: StaleReason, days: number): string {
  const of = reason === "unevaluated" || reason === "one-answer" ? ` for ${days} days` : "";
  return `${STALE_REASONS[reason]}${of}`;
}

function used({ lastEvaluated, evaluations }: StaleFlag): string {
  if (evaluations === undefined) return "";
  const last = lastEvaluated === undefined ? "never evaluated" : `last evaluated ${lastEvaluated.slice(0, 10)}`;
  return evaluations === 0 ? last : `${evaluations} evaluations, ${last}`;
}

/** Keys have neither back quotes nor bars where files are valid; those of a daemon may come from anywhere. */
function code(text: string): string {
  return `\`${text.replace(/[`|\n]/g, "?")}\``;
}
