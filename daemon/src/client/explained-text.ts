import type { ClosestMiss, ExplainedConstraint } from "@vexil/flags/explain/explanation";
import type { ShownExplanation, ShownStep, ShownSteps } from "../http/explain/shown-explanation.js";
import { printable, printableLine } from "./printable.js";

/** An explanation as the daemon answers it; of the evaluation what is written of it. */
export interface AnsweredExplanation extends Omit<ShownExplanation, "evaluation"> {
  readonly evaluation: { readonly reason: string; readonly enabled?: boolean; readonly variantKey?: string };
}

type ShownSource = NonNullable<ShownStep["source"]>;
type Outcome = ShownStep["outcome"];

/** Columns that a line is kept to, where only names and values would make it longer. */
const WIDTH = 80;
const SHORT_ID = 8;
/** Constraints of a segment that are shown. */
const MOST_CONSTRAINTS = 50;

const COLORS = { match: "\u001b[32m", "no-match": "\u001b[31m", skipped: "\u001b[2m", source: "\u001b[2m" } as const;
const PLAIN = "\u001b[0m";
const MARKS: Readonly<Record<Outcome, string>> = { match: "+", "no-match": "-", skipped: " " };

/**
 * An explanation for people, the closest miss last. What others have written is harmless in it.
 * @param colors whether it is for a terminal
 */
export function explainedText(explanation: AnsweredExplanation, colors: boolean): string {
  const { evaluation } = explanation;
  const lines = [
    evaluation.enabled === undefined
      ? name(evaluation.variantKey ?? "", 60) || "(no variant)"
      : String(evaluation.enabled),
    `  reason ${reasonText(evaluation.reason)}, ${stateText(explanation)}`,
    "",
    ...stepsLines(explanation, colors),
  ];
  return `${lines.join("\n")}\n`;
}

/** The steps of an explanation and its closest miss, in lines. */
export function stepsLines({ steps, closest }: ShownSteps, colors: boolean): readonly string[] {
  const paint = (color: keyof typeof COLORS, text: string): string =>
    colors ? `${COLORS[color]}${text}${PLAIN}` : text;
  const source = (indent: string, from: ShownSource | undefined): readonly string[] =>
    from === undefined ? [] : sourceLines(from).map((line) => paint("source", indent + line));
  const lines: string[] = [];
  for (const step of steps) {
    lines.push(paint(step.outcome, `${MARKS[step.outcome]} ${stepText(step)}`));
    if (step.outcome === "skipped") continue;
    lines.push(...source("    ", step.source));
    for (const segment of step.segments ?? []) {
      const outcome = segment.match ? "match" : "no-match";
      const how = segment.matchType === "ANY_MATCH_TYPE" ? "any" : "all";
      const of = segment.constraints.length === 0 ? "has no constraints" : `${how} of`;
      lines.push(paint(outcome, `  ${MARKS[outcome]} segment ${name(segment.key, 40)}: ${of}`));
      lines.push(...source("      ", segment.source));
      for (const constraint of segment.constraints.slice(0, MOST_CONSTRAINTS)) {
        const result = constraint.match ? "match" : "no-match";
        lines.push(...constraintLines(constraint).map((line) => paint(result, line)));
      }
      const more = segment.constraints.length - MOST_CONSTRAINTS;
      if (more > 0) lines.push(`      and ${more} more constraints; --json has all of them`);
    }
    for (const key of step.ignored ?? []) {
      lines.push(`    segment ${name(key, 40)} does not count: a value in it is malformed`);
    }
  }
  if (closest !== undefined) lines.push("", ...closestLines(closest));
  return lines;
}

/** The state that was explained, and how a time led to it. */
function stateText({ revision, at: { kind, time, daemon } }: AnsweredExplanation): string {
  if (/^0+$/.test(revision)) return "as the files are now";
  const commit = `at ${revision.slice(0, SHORT_ID)}`;
  if (kind === "commit-time") return `${commit}, the branch's commit of ${time}`;
  return daemon === undefined ? commit : `${commit}, served since ${time} by ${name(daemon, 20)}`;
}

function reasonText(reason: string): string {
  return reason.replace("_EVALUATION_REASON", "").toLowerCase().replaceAll("_", " ");
}

function stepText({
  kind,
  rank,
  outcome,
  reason,
  enabled,
  value,
  segmentOperator,
  bucket,
  intervals,
}: ShownStep): string {
  const title = rank === undefined ? kind : `${kind} ${rank}`;
  if (outcome === "skipped") return `${title}: skipped`;
  if (kind === "flag") return `${title}: ${enabled ? "enabled" : "disabled"}`;
  const parts = [`${title}: ${outcome === "match" ? "match" : "no match"}`];
  if (reason !== undefined) parts.push(reason);
  if (segmentOperator !== undefined)
    parts.push(segmentOperator.startsWith("AND") ? "by all segments" : "by any segment");
  if (bucket !== undefined) parts.push(bucketText(bucket, intervals ?? [], kind === "rollout" ? 100 : 1000));
  if (value !== undefined) parts.push(`gives ${name(value, 24)}`);
  return parts.join(", ");
}

function bucketText(bucket: number, intervals: NonNullable<ShownStep["intervals"]>, size: number): string {
  const [first] = intervals;
  const hit = intervals.find((interval) => interval.hit);
  if (hit !== undefined) return `bucket ${bucket} of ${size} is in ${hit.from}..${hit.to - 1}`;
  return first === undefined || first.from === first.to
    ? `bucket ${bucket} of ${size}`
    : `bucket ${bucket} of ${size} is not in ${first.from}..${first.to - 1}`;
}

function constraintLines(constraint: ExplainedConstraint): readonly string[] {
  const { type, property, operator, expected, seen, match, reason } = constraint;
  const what = type === "ENTITY_ID_COMPARISON_TYPE" ? "entity" : name(property, 24);
  // Lists are JSON already.
  const isList = operator === "isoneof" || operator === "isnotoneof";
  const wanted = expected === "" ? "" : ` ${isList ? name(expected, 34) : quoted(expected, 34)}`;
  const first = `    ${MARKS[match ? "match" : "no-match"]} ${what} ${operator}${wanted}`;
  const second = `sees ${seen === null ? "nothing" : quoted(seen, 34)}${reason === undefined ? "" : `: ${reason}`}`;
  return first.length + second.length + 2 <= WIDTH ? [`${first}, ${second}`] : [first, `        ${second}`];
}

function sourceLines({ file, line, column, commit, author, time }: ShownSource): readonly string[] {
  const place = `${name(file, 56)}${line === undefined ? "" : `:${line}:${column}`}`;
  if (commit === undefined) return [place];
  const change = `${commit.slice(0, SHORT_ID)} by ${name(author ?? "", 28)}, ${(time ?? "").slice(0, 10)}`;
  return place.length + change.length + 8 <= WIDTH ? [`${place}  ${change}`] : [place, change];
}

function closestLines({ change, gives }: ClosestMiss): readonly string[] {
  const changes = Object.entries(change).map(([property, value]) =>
    value === "" ? `without ${name(property, 24)}` : `${name(property, 24)} = ${quoted(value, 40)}`,
  );
  const end = `would give ${name(gives, 24)}`;
  const line = `Closest miss: ${changes.join(" and ")} ${end}`;
  return line.length <= WIDTH ? [line] : ["Closest miss:", ...changes.map((each) => `  ${each}`), `  ${end}`];
}

/** A name on one line, cut where it is long. */
function name(text: string, most: number): string {
  return cut(printableLine(text), most);
}

function quoted(text: string, most: number): string {
  return cut(printable(JSON.stringify(text)), most);
}

function cut(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
