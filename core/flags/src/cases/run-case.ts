import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../compare/answer.js";
import { answerShares } from "../compare/answer-shares.js";
import type { CompiledFlag } from "../compile/snapshot.js";
import { evaluateBoolean } from "../evaluate/boolean.js";
import { evaluateVariant } from "../evaluate/variant.js";
import type { JsonValue } from "../read/document.js";
import type { Expectation, FlagCase, ShareExpectation } from "./flag-case.js";

/** An answer in the words of expectations. */
type Given = Omit<Expectation, "share">;

/** Answers a case. @returns what is wrong, line by line; nothing for a case that passes */
export function* runCase(flag: CompiledFlag, one: FlagCase): Generator<void, readonly string[]> {
  const { entity = "", context, expect } = one;
  if (expect.share !== undefined) return yield* runShare(flag, one, expect.share);
  const given = answerOf(flag, entity, context);
  const kind = flag.type === "BOOLEAN_FLAG_TYPE" ? "boolean" : "variant";
  return (Object.keys(expect) as (keyof Given)[]).flatMap((name) => {
    if (!(name in given)) return [`${name}: ${kind} flag ${flag.key} has none`];
    const compared = (value: unknown): unknown => (name === "segments" ? sorted(value) : value);
    const [wanted, actual] = [compared(expect[name]), compared(given[name])];
    if (isDeepStrictEqual(wanted, actual)) return [];
    return [`${name}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`];
  });
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
): Generator<void, readonly string[]> {
  const isBoolean = flag.type === "BOOLEAN_FLAG_TYPE";
  if (isBoolean !== (enabled !== undefined)) {
    return [`share: ${isBoolean ? "boolean" : "variant"} flag ${flag.key} has no ${isBoolean ? "variant" : "enabled"}`];
  }
  const wanted = (answer: Answer): boolean =>
    answer !== null && ("enabled" in answer ? answer.enabled === enabled : answer.variant === variant);
  const found = yield* answerShares(flag, context, wanted);
  if (found === undefined) return ["share: cannot be told, its segments are too many"];
  const [least, most] = [percent(found.least), percent(found.most)];
  if (least >= from && most <= to) return [];
  const got = least === most ? `${least}` : `${least} to ${most}, by what the entity is called`;
  return [`share: expected ${from === to ? from : `${from} to ${to}`} percent, got ${got}`];
}

/** Shares are whole buckets: tenths of a percent. */
function percent(share: number): number {
  return Math.round(share * 1000) / 10;
}
