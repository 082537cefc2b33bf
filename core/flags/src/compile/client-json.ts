import type { Distribution, Flag, Rollout, Rule } from "../read/document.js";
import { attachmentText } from "./compile-flag.js";
import type { CompiledDocument } from "./compiled-flags.js";
import type { ScopedSegment, SegmentScope } from "./segment-scope.js";
import { shortestFloat } from "./shortest-float.js";

export interface ClientInput {
  readonly key: string;
  readonly digest: string;
  readonly documents: readonly CompiledDocument[];
  /** Epoch milliseconds. */
  readonly builtAt: number;
}

/** Flags in one piece: it is made in far less than a millisecond, mostly. */
const FLAGS_IN_A_PIECE = 32;

/**
 * The snapshot of a namespace for client-side engines, as pieces of its JSON text. Members that engines need are always
 * there, the order is that of the files, and the same input gives the same text, so all workers answer alike.
 */
export function* clientTexts({ key, digest, documents, builtAt }: ClientInput): Generator<string> {
  const time = new Date(builtAt).toISOString();
  const seed = digest.slice(0, 20);
  const segments = new SegmentTexts();
  let text = `{"namespace":{"key":${JSON.stringify(key)}},"flags":[`;
  let count = 0;
  for (const { document, scope } of documents) {
    for (const flag of document.flags) {
      if (count > 0) text += ",";
      text += flagText(flag, scope, segments, time, `${seed}${hex6(count)}`);
      count += 1;
      if (count % FLAGS_IN_A_PIECE !== 0) continue;
      yield text;
      text = "";
    }
  }
  yield `${text}],"digest":"${digest}"}`;
}

/** JSON of each segment, made once although many rules repeat it. */
class SegmentTexts {
  readonly #texts = new Map<ScopedSegment, string>();

  /** The usable segments of a rule, also those it names twice. */
  list(keys: readonly string[], scope: SegmentScope): string {
    const texts = keys.flatMap((key) => {
      const scoped = scope.find(key);
      return scoped?.compiled === undefined ? [] : [this.#text(scoped)];
    });
    return `[${texts.join(",")}]`;
  }

  #text(scoped: ScopedSegment): string {
    const known = this.#texts.get(scoped);
    if (known !== undefined) return known;
    const { key, matchType, constraints } = scoped.segment;
    const text = JSON.stringify({
      key,
      name: "",
      description: "",
      matchType: matchType.replace("_MATCH_TYPE", "_SEGMENT_MATCH_TYPE"),
      constraints: constraints.map(({ type, property, operator, value }) => ({
        type: type.replace("_COMPARISON_TYPE", "_CONSTRAINT_COMPARISON_TYPE"),
        property,
        operator,
        value,
      })),
    });
    this.#texts.set(scoped, text);
    return text;
  }
}

function flagText(flag: Flag, scope: SegmentScope, segments: SegmentTexts, time: string, seed: string): string {
  const rules = flag.rules.map((rule, index) => ruleText(flag, rule, index, scope, segments, seed));
  const rollouts = flag.rollouts.map((rollout, index) => rolloutText(rollout, index, scope, segments));
  const chosen = flag.variants.findLast((variant) => variant.default);
  const defaultVariant =
    chosen === undefined
      ? ""
      : `,"defaultVariant":${JSON.stringify({ id: `${flag.key}/${chosen.key}`, key: chosen.key, attachment: attachmentText(chosen) })}`;
  return (
    `{"key":${JSON.stringify(flag.key)},"name":"","description":"","enabled":${flag.enabled},"type":"${flag.type}",` +
    `"createdAt":"${time}","updatedAt":"${time}","rules":[${rules.join(",")}],"rollouts":[${rollouts.join(",")}]${defaultVariant}}`
  );
}

function ruleText(
  flag: Flag,
  rule: Rule,
  index: number,
  scope: SegmentScope,
  segments: SegmentTexts,
  seed: string,
): string {
  const id = ruleId(seed, index);
  const distributions = rule.distributions.map(({ variant, rollout }: Distribution) => ({
    ruleId: id,
    variantKey: variant,
    variantAttachment: attachmentText(flag.variants.find(({ key }) => key === variant)),
    rollout: shortestFloat(rollout),
  }));
  return (
    `{"id":"${id}","segments":${segments.list(rule.segments, scope)},"rank":${index + 1},` +
    `"segmentOperator":"${rule.segmentOperator}","distributions":${JSON.stringify(distributions)}}`
  );
}

function rolloutText(rollout: Rollout, index: number, scope: SegmentScope, segments: SegmentTexts): string {
  const rank = index + 1;
  const { segment, threshold } = rollout;
  if (threshold !== undefined) {
    const { percentage, value } = threshold;
    return JSON.stringify({
      type: "THRESHOLD_ROLLOUT_TYPE",
      rank,
      threshold: { percentage: shortestFloat(percentage), value },
    });
  }
  if (segment === undefined) return `{"type":"UNKNOWN_ROLLOUT_TYPE","rank":${rank}}`;
  return (
    `{"type":"SEGMENT_ROLLOUT_TYPE","rank":${rank},"segment":{"value":${segment.value},` +
    `"segmentOperator":"${segment.segmentOperator}","segments":${segments.list(segment.segments, scope)}}}`
  );
}

/** An id in the form of a UUID that is the same wherever and whenever the text is made from the same content. */
function ruleId(seed: string, index: number): string {
  const hex = `${seed}${hex6(index)}`;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function hex6(value: number): string {
  return value.toString(16).padStart(6, "0");
}
