import { isDeepStrictEqual } from "node:util";
import type { Expectation, FlagCase, ShareExpectation } from "../cases/flag-case.js";
import type { Answer } from "../compare/answer.js";
import { answerShares } from "../compare/answer-shares.js";
import { evaluateBoolean } from "../evaluate/boolean.js";
import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import { evaluateVariant } from "../evaluate/variant.js";
import type { JsonValue } from "../read/document.js";

/** An answer in the words of expectations. */
type Given = Omit<Expectation, "share">;

/** A demand that is not met. */
export interface CaseFailure {
  /** For users, in one line: `enabled: expected true, got false`. */
  readonly text: string;
  /** `enabled: true` */
  readonly expected: string;
  /** `enabled: false`, or why there is no such thing. */
  readonly got: string;
}

/** Answers a case. @returns what is wrong; nothing for a case that passes */
export function* runCase(flag: CompiledFlag, one: FlagCase): Generator<void, readonly CaseFailure[]> {
  const { entity = "", context, expect } = one;
  if (expect.share !== undefined) return yield* runShare(flag, one, expect.share);
  const given = answerOf(flag, entity, context);
  const kind = flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
  return (Object.keys(expect) as (keyof Given)[]).flatMap((name) => {
    const compared = (value: unknown): unknown => (name === "segments" ? sorted(value) : value);
    const [wanted, actual] = [compared(expect[name]), compared(given[name])];
    if (!(name in given)) return [unmeetable(name, JSON.stringify(wanted), `${kind} flag ${flag.key} has none`)];
    return isDeepStrictEqual(wanted, actual) ? [] : [unmet(name, JSON.stringify(wanted), JSON.stringify(actual))];
  });
}

function unmet(demand: string, expected: string, got: string): CaseFailure {
  return {
    text: `${demand}: expected ${expected}, got ${got}`,
    expected: `${demand}: ${expected}`,
    got: `${demand}: ${got}`,
  };
}

/** @param reason why there is no such thing */
function unmeetable(demand: string, expected: string, reason: string): CaseFailure {
  return { text: `${demand}: ${reason}`, expected: `${demand}: ${expected}`, got: reason };
}

function answerOf(flag: CompiledFlag, entity: string, context: FlagCase["context"]): Given {
  if (flag.type === "BOOLEAN_FLAG_TYPE") {
    const { enabled, reason, segmentKeys } = evaluateBoolean(flag, entity, context);
    return { enabled, reason, segments: segmentKeys };
  }
  const { variantKey, variantAttachment, reason, segmentKeys } = evaluateVariant(flag, entity, context);
  const attachment = variantAttachment === "" ? null : (JSON.parse(variantAttachment) as JsonValue);
  return { variant: variantKey, attachment, reason, segments: segmentKeys };
}

/** Segments have no order. */
function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value;
}

function* runShare(
  flag: CompiledFlag,
  { context }: FlagCase,
  { enabled, variant, from, to }: ShareExpectation,
): Generator<void, readonly CaseFailure[]> {
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  const expected = `${from === to ? from : `${from} to ${to}`} percent`;
  if (isBoolean !== (enabled !== undefined)) {
    const kind = isBoolean ? "boolean" : "variant";
    return [unmeetable("share", expected, `${kind} flag ${flag.key} has no ${isBoolean ? "variant" : "enabled"}`)];
  }
  const wanted = (answer: Answer): boolean =>
    answer !== null && ("enabled" in answer ? answer.enabled === enabled : answer.variant === variant);
  const found = yield* answerShares(flag, context, wanted);
  if (found === undefined) return [unmeetable("share", expected, "cannot be told, its segments are too many")];
  const [least, most] = [percent(found.least), percent(found.most)];
  if (least >= from && most <= to) return [];
  return [unmet("share", expected, least === most ? `${least}` : `${least} to ${most}, by what the entity is called`)];
}

/** Shares are whole buckets: tenths of a percent. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
