import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { VexilError } from "@vexil/plugin-api/errors";
import { BulkAnswers } from "./bulk-answers.js";
import { EvaluatedFlag } from "./evaluated-flag.js";
import type { ReadEnvironment, ServedNamespace } from "./read-snapshots.js";
import { type Latency, series, type Tally } from "./tally.js";

type Flags = Pick<ServedNamespace, "flags" | "sortedKeys">;

/** Makes a flag ready to be evaluated in its place. */
export type CreateFlag = (
  flag: CompiledFlag,
  place: readonly [environment: string, namespace: string],
  tally: Tally,
) => EvaluatedFlag;

const createFlag: CreateFlag = (flag, place, tally) => new EvaluatedFlag(flag, place, tally);

const EMPTY: Flags = { flags: new Map(), sortedKeys: [] };

/** One namespace of one environment, ready to evaluate. */
export class EvaluatedNamespace {
  readonly #flags: Flags;
  readonly #place: readonly [environment: string, namespace: string];
  readonly #tally: Tally;
  readonly #createFlag: CreateFlag;
  readonly #latency: Latency;
  readonly #evaluated = new Map<string, EvaluatedFlag>();
  #all: readonly EvaluatedFlag[] | undefined;
  #bulkEnd: Buffer | undefined;
  readonly bulkAnswers: BulkAnswers = new BulkAnswers();

  constructor(flags: Flags, place: readonly [string, string], tally: Tally, create: CreateFlag) {
    this.#flags = flags;
    this.#createFlag = create;
    this.#place = place;
    this.#tally = tally;
    this.#latency = tally.latency(series("evaluation_latency", ...place));
  }

  flag(key: string): EvaluatedFlag | undefined {
    const known = this.#evaluated.get(key);
    if (known !== undefined) return known;
    const flag = this.#flags.flags.get(key);
    if (flag === undefined) return undefined;
    const evaluated = this.#createFlag(flag, this.#place, this.#tally);
    this.#evaluated.set(key, evaluated);
    return evaluated;
  }

  /** All flags sorted by key, variant flags only if they are enabled. */
  get all(): readonly EvaluatedFlag[] {
    this.#all ??= this.#flags.sortedKeys
      .map((key) => this.flag(key) as EvaluatedFlag)
      .filter(({ flag }) => flag.enabled || flag.type === "BOOLEAN_FLAG_TYPE");
    return this.#all;
  }

  /** The end of an OFREP bulk answer, which tells where changes are told. */
  get bulkEnd(): Buffer {
    this.#bulkEnd ??= Buffer.from(bulkEnd(...this.#place));
    return this.#bulkEnd;
  }

  /** @param count evaluations that together took `durationMs` */
  observe(durationMs: number, count = 1): void {
    if (count > 0) this.#latency.observe(durationMs / count, count);
  }
}

function bulkEnd(environment: string, namespace: string): string {
  const path = `/ofrep/v1/_stream/${pathSegment(environment)}/${pathSegment(namespace)}/events`;
  return `],"eventStreams":[{"type":"sse","endpoint":{"requestUri":${JSON.stringify(path)}}}]}`;
}

/** Characters beside letters, digits and `-_.~` that a path has unencoded (RFC 3986 §3.3). */
const ENCODED_IN_VAIN = /%(?:2[146789ABC]|3[ABD]|40)/g;

function pathSegment(text: string): string {
  return encodeURIComponent(text).replace(ENCODED_IN_VAIN, decodeURIComponent);
}

/** Namespaces as evaluations see them; what was prepared for one goes when the namespace changes. */
export class Evaluations {
  readonly #tally: Tally;
  readonly #createFlag: CreateFlag;
  /** By namespace, then by environment: two environments may serve the very same files. */
  readonly #known = new WeakMap<Flags, Map<string, EvaluatedNamespace>>();
  readonly #empty = new Map<string, EvaluatedNamespace>();

  constructor(tally: Tally, create: CreateFlag = createFlag) {
    this.#tally = tally;
    this.#createFlag = create;
  }

  /** @returns undefined for a namespace that does not exist; `default` always does, be it empty */
  namespace(environment: ReadEnvironment, key: string): EvaluatedNamespace | undefined {
    const served = environment.snapshot?.namespaces.get(key);
    if (served === undefined && key !== "default") return undefined;
    const flags = served ?? EMPTY;
    const byEnvironment = served === undefined ? this.#empty : (this.#known.get(flags) ?? new Map());
    if (served !== undefined) this.#known.set(flags, byEnvironment);
    const environmentKey = environment.info.key;
    let found = byEnvironment.get(environmentKey);
    if (found === undefined) {
      found = new EvaluatedNamespace(flags, [environmentKey, key], this.#tally, this.#createFlag);
      byEnvironment.set(environmentKey, found);
    }
    return found;
  }

  /** Counts a look-up that found no flag. Unknown names are clients' inventions and no labels. */
  countMissing(environment: ReadEnvironment, namespace: string): void {
    const known = environment.snapshot?.namespaces.has(namespace) === true ? namespace : "";
    this.#tally.count(series("evaluation_errors", environment.info.key, known, ""));
  }

  /** @throws VexilError VEXIL_NOT_FOUND that names the flag and its namespace */
  flag(environment: ReadEnvironment, namespace: string, key: string): [EvaluatedNamespace, EvaluatedFlag] {
    const place = this.namespace(environment, namespace);
    const flag = place?.flag(key);
    if (place !== undefined && flag !== undefined) return [place, flag];
    this.countMissing(environment, namespace);
    if (place === undefined) throw namespaceNotFound(namespace);
    throw flagNotFound(namespace, key);
  }
}

export function flagNotFound(namespace: string, key: string): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", `flag "${key === "" ? namespace : `${namespace}/${key}`}" not found`);
}

export function namespaceNotFound(key: string): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
}
