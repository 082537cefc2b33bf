import type { Segment } from "@vexil/flags/read/document";
import type { Comparison, Condition } from "./condition.js";
import { conjunctionsOf, textOf } from "./normal-form.js";

/** How rules and rollouts name segments. */
export interface SegmentReference {
  readonly segments: readonly string[];
  readonly segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
}

/** The segments that the rules of one namespace need; two that say the same are one. */
export class SegmentBook {
  readonly #segments = new Map<string, Segment>();
  readonly #keys = new Map<string, string>();

  get segments(): readonly Segment[] {
    return [...this.#segments.values()];
  }

  /**
   * The segments of a condition.
   * @param wanted key of what is not there yet; a number is added where one is not enough, or it is taken
   * @throws NotCarried where it would take too many
   */
  reference(condition: Condition, wanted: string, name: string): SegmentReference {
    const conjunctions = conjunctionsOf(condition);
    const isEither = conjunctions.length > 1 && conjunctions.every((one) => one.length === 1);
    const segments = isEither
      ? [this.#keyOf("ANY_MATCH_TYPE", conjunctions.flat(), wanted, name)]
      : conjunctions.map((one) => this.#keyOf("ALL_MATCH_TYPE", one, one.length === 0 ? "everybody" : wanted, name));
    return { segments: [...new Set(segments)], segmentOperator: "OR_SEGMENT_OPERATOR" };
  }

  #keyOf(matchType: Segment["matchType"], comparisons: readonly Comparison[], wanted: string, name: string): string {
    const identity = `${matchType} ${comparisons.map(textOf).sort().join(" ")}`;
    const known = this.#keys.get(identity);
    if (known !== undefined) return known;
    let key = wanted;
    for (let number = 2; this.#segments.has(key); number += 1) key = `${wanted}-${number}`;
    this.#keys.set(identity, key);
    const constraints = comparisons.map(({ type, property, operator, value = "" }) => ({
      type,
      property,
      operator,
      value: typeof value === "string" ? value : JSON.stringify(value),
      description: "",
    }));
    this.#segments.set(key, {
      key,
      name: comparisons.length === 0 ? "Everybody" : name,
      description: "",
      matchType,
      constraints,
    });
    return key;
  }
}
