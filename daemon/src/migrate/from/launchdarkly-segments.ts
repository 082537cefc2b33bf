import { RefusedError } from "../../client/client-errors.js";
import { allOf, anyOf, type Condition, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { SourceValue } from "../model/source-value.js";
import { oneOf, type Subject } from "./comparisons.js";
import { clauseCondition } from "./launchdarkly-clause.js";

/** Segments that one is made of, in each other and all together: each may name another one twice. */
const MOST_DEPTH = 64;
const MOST_REFERENCES = 1_000;

/** Segments of LaunchDarkly, and the clauses of rules. */
export class LaunchDarklySegments {
  readonly #segments: ReadonlyMap<string, SourceValue>;
  readonly #entity: string;
  #references = 0;

  constructor(segments: readonly SourceValue[], entity: string) {
    this.#segments = new Map(segments.map((segment) => [segment.get("key").text(), segment]));
    this.#entity = entity;
  }

  /** All clauses of a rule hold. */
  clauses(rule: SourceValue, seen: readonly string[] = []): Condition {
    return allOf(
      rule
        .get("clauses")
        .items()
        .map((clause) => this.#clause(clause, seen)),
    );
  }

  /** The entity's id, as targets name it. */
  get id(): Subject {
    return { property: this.#entity, isEntity: true };
  }

  /**
   * Whoever is in a segment.
   * @throws NotCarried; RefusedError where segments are made of each other in a circle
   */
  segment(key: string, seen: readonly string[] = []): Condition {
    const segment = this.#segments.get(key);
    if (segment === undefined) throw new NotCarried(`the segment ${key} is in none of the files: name its export, too`);
    const { file, where } = segment;
    if (seen.includes(key)) {
      throw new RefusedError(`${file}: ${where}: the segment ${key} is made of itself, by way of ${seen.join(", ")}`);
    }
    this.#references = seen.length === 0 ? 0 : this.#references + 1;
    if (seen.length > MOST_DEPTH || this.#references > MOST_REFERENCES) {
      throw new NotCarried(
        `${seen[0]} is made of more than ${MOST_REFERENCES} segments, or ${MOST_DEPTH} in each other`,
      );
    }
    if (segment.get("unbounded").flagOr(false))
      throw new NotCarried(`${key} is a big segment, whose members are elsewhere`);
    const rules = segment
      .get("rules")
      .items()
      .map((rule) => {
        if (!rule.get("weight").isAbsent) throw new NotCarried(`a part of a segment (${key})`);
        return this.clauses(rule, [...seen, key]);
      });
    const included = this.#members(segment.get("included"), segment.get("includedContexts"));
    const excluded = this.#members(segment.get("excluded"), segment.get("excludedContexts"));
    return anyOf([included, allOf([not(excluded), anyOf(rules)])]);
  }

  #members(users: SourceValue, contexts: SourceValue): Condition {
    const lists = contexts.items().map((target) => {
      const kind = target.get("contextKind").textOr("user");
      if (kind !== "user" && target.get("values").items().length > 0)
        throw new NotCarried(`contexts of the kind ${kind}`);
      return target.get("values");
    });
    return anyOf(
      [users, ...lists].map((list) =>
        oneOf(
          this.id,
          list.items().map((value) => value.text()),
        ),
      ),
    );
  }

  #clause(clause: SourceValue, seen: readonly string[]): Condition {
    if (clause.get("op").text() !== "segmentMatch") return clauseCondition(clause, this.#entity);
    const condition = anyOf(
      clause
        .get("values")
        .items()
        .map((key) => this.segment(key.text(), seen)),
    );
    return clause.get("negate").flagOr(false) ? not(condition) : condition;
  }
}
