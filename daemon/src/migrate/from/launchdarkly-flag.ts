import { RefusedError } from "../../client/client-errors.js";
import { cellsOf, onlyPart } from "../lower/cells.js";
import { allOf, anyOf, type Condition, NOBODY, not } from "../model/condition.js";
import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";
import { type Share, type SourceFlag, type SourceRule, sharesOf } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { attempt } from "./attempt.js";
import { oneOf } from "./comparisons.js";
import type { LaunchDarklySegments } from "./launchdarkly-segments.js";
import { metadataOf, variationsOf } from "./launchdarkly-variations.js";

/** Flags that need each other, in a row. */
const MOST_DEPTH = 64;

/** Flags of LaunchDarkly in one environment. */
export class LaunchDarklyFlags {
  readonly #flags: ReadonlyMap<string, SourceValue>;
  readonly #segments: LaunchDarklySegments;
  readonly #environment: string | undefined;
  readonly #report: Report;
  readonly #read = new Map<string, SourceFlag>();

  constructor(
    flags: readonly SourceValue[],
    segments: LaunchDarklySegments,
    environment: string | undefined,
    report: Report,
  ) {
    this.#flags = new Map(flags.map((flag) => [flag.get("key").text(), flag]));
    this.#segments = segments;
    this.#environment = environment;
    this.#report = report;
  }

  all(): readonly SourceFlag[] {
    return [...this.#flags].filter(([, flag]) => !this.#isGone(flag)).map(([key]) => this.#flag(key, []));
  }

  #isGone(flag: SourceValue): boolean {
    return flag.get("archived").flagOr(false) || flag.get("deleted").flagOr(false);
  }

  #stateOf(flag: SourceValue): SourceValue {
    return flag.get("environments").isAbsent ? flag : flag.get("environments").get(this.#environment ?? "");
  }

  #flag(key: string, seen: readonly string[]): SourceFlag {
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const flag = this.#flags.get(key) as SourceValue;
    const { where } = flag;
    const report = this.#report;
    const state = this.#stateOf(flag);
    const variants = variationsOf(flag);
    const nameAt = (index: SourceValue): string => {
      const found = variants[index.number()];
      if (found === undefined)
        throw new RefusedError(`${index.file}: ${index.where}: there is no variation ${index.raw}`);
      return found.name;
    };
    const off = state.get("offVariation").isAbsent ? undefined : nameAt(state.get("offVariation"));
    const rules: SourceRule[] = [];
    let isPartial = false;
    const add = (place: SourceValue, what: string, read: () => readonly SourceRule[]): void => {
      const added = attempt(report, { where: place.where, what: `${what} of ${key}` }, read);
      isPartial ||= added === undefined;
      rules.push(...(added ?? []));
    };
    for (const one of state.get("prerequisites").items()) {
      add(one, "a prerequisite", () => [this.#prerequisite(one, off, [...seen, key])]);
    }
    for (const list of ["targets", "contextTargets"]) {
      for (const target of state.get(list).items()) add(target, "a target", () => this.#target(target, nameAt));
    }
    for (const rule of state.get("rules").items()) {
      add(rule, "a rule", () => [
        {
          where: rule.where,
          description: rule.get("description").textOr(""),
          when: this.#segments.clauses(rule),
          shares: this.#shares(rule, nameAt),
          rest: 0,
        },
      ]);
    }
    const through = state.get("fallthrough");
    const otherwise = attempt(report, { where: through.where, what: `the fallthrough of ${key}` }, () =>
      this.#shares(through, nameAt),
    );
    const read: SourceFlag = {
      key,
      name: flag.get("name").textOr(key),
      description: flag.get("description").textOr(""),
      ...metadataOf(flag),
      where,
      variants,
      enabled: state.get("on").flagOr(false),
      off,
      rules,
      otherwise: otherwise ?? (off === undefined ? [] : [{ variant: off, percent: 100 }]),
      isPartial: isPartial || otherwise === undefined,
    };
    this.#read.set(key, read);
    return read;
  }

  #target(target: SourceValue, nameAt: (index: SourceValue) => string): readonly SourceRule[] {
    const values = target
      .get("values")
      .items()
      .map((value) => value.text());
    const kind = target.get("contextKind").textOr("user") || "user";
    if (values.length === 0) return [];
    if (kind !== "user") throw new NotCarried(`contexts of the kind ${kind}`);
    const share = { variant: nameAt(target.get("variation")), percent: 100 };
    return [{ where: target.where, description: "", when: oneOf(this.#segments.id, values), shares: [share], rest: 0 }];
  }

  #shares(place: SourceValue, nameAt: (index: SourceValue) => string): readonly Share[] {
    const rollout = place.get("rollout");
    if (rollout.isAbsent) return [{ variant: nameAt(place.get("variation")), percent: 100 }];
    const weights = rollout
      .get("variations")
      .items()
      .map((one) => ({
        variant: nameAt(one.get("variation")),
        weight: one.get("weight").number(),
      }));
    const shares = sharesOf(weights);
    if (shares.length === 0) throw new NotCarried("a rollout without any part");
    const by = rollout.get("bucketBy").textOr("").replace(/^\//, "");
    const isById = by === "" || by === this.#segments.id.property || rollout.get("kind").raw === "experiment";
    const kind = rollout.get("contextKind").textOr("user") || "user";
    if (shares.length > 1 && !(isById && kind === "user")) {
      throw new NotCarried(
        `a rollout by ${isById ? `contexts of the kind ${kind}` : by}, which is not the entity's id`,
      );
    }
    return shares;
  }

  /** Whoever is not given the variation of another flag is given what this one gives while it is off. */
  #prerequisite(place: SourceValue, off: string | undefined, seen: readonly string[]): SourceRule {
    const key = place.get("key").text();
    if (seen.includes(key)) {
      throw new RefusedError(
        `${place.file}: ${place.where}: the flag ${key} is its own prerequisite, by way of ${seen.join(", ")}`,
      );
    }
    if (seen.length > MOST_DEPTH) throw new NotCarried(`prerequisites of prerequisites, more than ${MOST_DEPTH} deep`);
    const other = this.#flags.get(key);
    if (other === undefined || this.#isGone(other)) throw new NotCarried(`the flag ${key} is in none of the files`);
    const flag = this.#flag(key, seen);
    const wanted = variationsOf(other)[place.get("variation").number()]?.name;
    if (flag.isPartial || wanted === undefined)
      throw new NotCarried(`the flag ${key} could not be carried over itself`);
    const given = flag.enabled ? givenTo(flag, wanted) : NOBODY;
    const why = "flags do not depend on one another";
    const done = `the rules of ${key} were copied: a later change of them has to be made here, too`;
    this.#report.add({ kind: "assumed", where: place.where, what: `the prerequisite ${key}`, why, done });
    const shares = off === undefined ? [] : [{ variant: off, percent: 100 }];
    return { where: place.where, description: `Without ${key}`, when: not(given), shares, rest: 0 };
  }
}

/** Everybody whom a flag gives a variant. */
function givenTo(flag: SourceFlag, variant: string): Condition {
  const cells = cellsOf(flag);
  return anyOf(
    cells.flatMap(({ when, parts }, index) => {
      if (parts.size > 1) throw new NotCarried(`the flag ${flag.key} is for a part of the users`);
      if (onlyPart(parts) !== variant) return [];
      const before = cells.slice(0, index).filter((one) => onlyPart(one.parts) !== variant);
      return [allOf([when, ...before.map((one) => not(one.when))])];
    }),
  );
}
