import type { ShownAffected, ShownChange, ShownComparison } from "../http/past/shown-comparison.js";
import { answerText, percent, revisionWord, shareText, who } from "./comparison-words.js";
import type { CountedContexts } from "./count-contexts.js";

/** Lines of one table: a comment has a limit. */
const MOST_ROWS = 50;

/** A comparison for a comment at a pull request. */
export function comparisonMarkdown(comparison: ShownComparison, counted?: CountedContexts): string {
  const { base, head, changes, affected } = comparison;
  const title = `### Flags: ${code(revisionWord(base))} → ${code(revisionWord(head))}`;
  if (changes.length === 0) return `${title}\n\nNothing differs.\n`;
  const list = limited(changes.map((change) => `- ${word(change)} ${change.type} ${code(nameOf(change))}`));
  const flags = affected.flatMap((found) => ["", ...flagLines(found, counted)]);
  const nobody = affected.length === 0 ? ["", "Nobody gets another answer."] : flags;
  return `${[title, "", ...list, ...nobody].join("\n")}\n`;
}

function flagLines(found: ShownAffected, counted: CountedContexts | undefined): readonly string[] {
  const name = `${found.namespace}/${found.flag}`;
  const among = counted === undefined ? "" : `, ${counted.changed.get(name) ?? 0} of ${counted.total} contexts`;
  const rows = found.regions.map(
    (region) =>
      `| ${cell(who(region))} | ${percent(region.share)} | ${cell(answerText(region.before))} | ${cell(answerText(region.after))} |`,
  );
  const table =
    rows.length === 0 ? [] : ["", "| who | share | before | after |", "|---|---:|---|---|", ...limited(rows)];
  return [`**${code(name)}**: ${shareText(found)}${among}`, ...table];
}

function nameOf({ namespace, type, key }: ShownChange): string {
  return type === "namespace" ? namespace : `${namespace}/${key}`;
}

function word({ before, after }: ShownChange): string {
  return before === null ? "adds" : after === null ? "removes" : "changes";
}

function limited(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_ROWS) return lines;
  return [...lines.slice(0, MOST_ROWS), `… and ${lines.length - MOST_ROWS} more`];
}

/** A text of others that cannot end a cell, begin a link or call somebody. */
function cell(text: string): string {
  return code(text.replace(/\|/g, "\\|"));
}

function code(text: string): string {
  const plain = text.replace(/[\r\n]+/g, " ");
  return plain.includes("`") ? `\`\` ${plain.replace(/`{2,}/g, "`")} \`\`` : `\`${plain}\``;
}
