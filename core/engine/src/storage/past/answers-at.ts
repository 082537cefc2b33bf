import type { NamespaceSnapshot, Snapshot } from "@vexil/flags/compile/snapshot";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { decide } from "@vexil/flags/explain/decide";
import { explaining } from "@vexil/flags/explain/explain-flag";
import { matchInSlices } from "@vexil/flags/explain/match-in-slices";
import { inSlices } from "@vexil/flags/parse/in-slices";
import type { Flag, Segment } from "@vexil/flags/read/document";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { BisectQuery, ExplainedAnswer, FlagAnswer } from "../../model/bisect.js";
import type { HistoryChange } from "../../model/engine.js";

/** Answers remembered by what they depend on. */
const KEPT = 200;

/** A flag with the segments it refers to, as users write them. */
interface Definition {
  readonly flag: Flag | undefined;
  readonly segments: ReadonlyMap<string, Segment>;
}

/** The answer of one state. */
export interface StateAnswer {
  readonly answer: FlagAnswer;
  readonly definition: Definition;
  readonly namespace: NamespaceSnapshot | undefined;
}

/** The answers of past states to one question. */
export class AnswersAt {
  readonly #query: BisectQuery;
  readonly #read: (revision: Oid) => Promise<Snapshot>;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, FlagAnswer>();
  /** Values that the flag could give, in any of the states. */
  readonly #values = new Set<string>();
  #evaluated = 0;

  constructor(query: BisectQuery, read: (revision: Oid) => Promise<Snapshot>, signal: AbortSignal) {
    this.#query = query;
    this.#read = read;
    this.#signal = signal;
  }

  /** States that the flag had to be evaluated in. */
  get evaluated(): number {
    return this.#evaluated;
  }

  /** A state has had the flag. */
  get isFlagKnown(): boolean {
    return this.#values.size > 0;
  }

  /**
   * That nothing changed would hide a value that is misspelt. A search that goes on from another has seen a part alone.
   * @throws VexilError where no state could give the value that is expected
   */
  requireExpected(): void {
    const { flag, expect, to } = this.#query;
    if (expect === undefined || to !== undefined || this.#values.has(expect)) return;
    const message = `expect: flag ${flag} never gives ${JSON.stringify(expect)}: name a value that it has, or had`;
    throw new VexilError("VEXIL_VALIDATION_REQUEST", message);
  }

  async at(revision: Oid): Promise<StateAnswer> {
    const snapshot = await this.#read(revision);
    const namespace = snapshot.namespaces.get(this.#query.namespace);
    const flag = namespace?.flags.get(this.#query.flag);
    const id = dependencyOf(flag);
    if (!this.#known.has(id)) {
      if (this.#known.size >= KEPT) this.#known.clear();
      this.#evaluated += 1;
      this.#known.set(id, await this.#evaluate(flag));
    }
    const definition = this.#definition(namespace);
    for (const value of valuesOf(definition.flag)) this.#values.add(value);
    return { answer: this.#known.get(id), definition, namespace };
  }

  /** How the answer of a state came about; undefined: there is no such flag. */
  async explain(revision: Oid, { namespace }: StateAnswer): Promise<ExplainedAnswer | undefined> {
    const { flag: key, entityId, context } = this.#query;
    const flag = namespace?.flags.get(key);
    const places = namespace?.places(key);
    if (flag === undefined || places === undefined) return undefined;
    const matches = await matchInSlices(flag, entityId, context, this.#signal);
    const explanation = await inSlices(explaining(flag, places.written, entityId, context, matches), this.#signal);
    return { revision, explanation, places };
  }

  /** Tells whether two answers are different in what is asked about. */
  differ(one: FlagAnswer, other: FlagAnswer): boolean {
    const { expect } = this.#query;
    if (expect !== undefined) return (shownValue(one) === expect) !== (shownValue(other) === expect);
    return identityOf(one) !== identityOf(other);
  }

  /** In slices: a long value in the context must not keep others waiting, state by state. */
  async #evaluate(flag: CompiledFlag | undefined): Promise<FlagAnswer> {
    const { entityId, context } = this.#query;
    if (flag === undefined) return undefined;
    const matches = await matchInSlices(flag, entityId, context, this.#signal);
    const { result } = decide(flag, { entityId, context, matches });
    return "enabled" in result ? { type: "boolean", result } : { type: "variant", result };
  }

  #definition(namespace: NamespaceSnapshot | undefined): Definition {
    const items = namespace?.items;
    const flag = items?.flags.get(this.#query.flag)?.flag;
    const segments = new Map<string, Segment>();
    const names = [
      ...(flag?.rules ?? []).flatMap((rule) => rule.segments),
      ...(flag?.rollouts ?? []).flatMap(({ segment }) => segment?.segments ?? []),
    ];
    for (const name of names) {
      const segment = items?.segments.get(name)?.segment;
      if (segment !== undefined) segments.set(name, segment);
    }
    return { flag, segments };
  }
}

/** All that an answer depends on: parsed values say no more than their texts. */
function dependencyOf(flag: CompiledFlag | undefined): string {
  if (flag === undefined) return "";
  return JSON.stringify(flag, (_name, value: unknown) =>
    value instanceof Set || typeof value === "bigint" ? undefined : value,
  );
}

/** Differences of the flag and its segments. */
export function changedItems(namespace: string, before: Definition, after: Definition): readonly HistoryChange[] {
  const changes: HistoryChange[] = [];
  const add = (type: "flag" | "segment", key: string, old: unknown, current: unknown): void => {
    if (JSON.stringify(old) !== JSON.stringify(current)) {
      changes.push({ namespace, type, key, before: old, after: current });
    }
  };
  add("flag", after.flag?.key ?? before.flag?.key ?? "", before.flag, after.flag);
  for (const key of new Set([...before.segments.keys(), ...after.segments.keys()])) {
    // One that the flag refers to at one side only is there on the other as well, as far as is known here.
    if (before.segments.has(key) && after.segments.has(key)) {
      add("segment", key, before.segments.get(key), after.segments.get(key));
    }
  }
  return changes;
}

/** Values that a flag may give, as users write them; a variant flag also none. */
function valuesOf(flag: Flag | undefined): readonly string[] {
  if (flag === undefined) return [];
  return flag.type === "BOOLEAN_FLAG_TYPE" ? ["true", "false"] : ["", ...flag.variants.map(({ key }) => key)];
}

/** A value as users write it: `true`, `false`, or a variant's key. */
function shownValue(answer: FlagAnswer): string | undefined {
  if (answer === undefined) return undefined;
  return answer.type === "boolean" ? String(answer.result.enabled) : answer.result.variantKey;
}

/** Parts of an answer that a caller acts on: not why it is so. */
function identityOf(answer: FlagAnswer): string {
  if (answer === undefined) return "";
  if (answer.type === "boolean") return `boolean ${answer.result.enabled}`;
  const { match, variantKey, variantAttachment } = answer.result;
  return JSON.stringify(["variant", match, variantKey, variantAttachment]);
}

/** The state before the first commit. */
export const NOTHING: StateAnswer = {
  answer: undefined,
  definition: { flag: undefined, segments: new Map() },
  namespace: undefined,
};
