import { RefusedError } from "../../client/client-errors.js";
import { Draft } from "../model/draft.js";
import { NotCarried } from "../model/not-carried.js";
import type { Share, SourceFlag, SourceRule } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { attempt } from "./attempt.js";
import { decisionsOf } from "./flagd-decisions.js";
import type { Converter, ImportSettings } from "./import-source.js";
import { JsonLogic } from "./json-logic.js";

/** flagd's definitions: https://flagd.dev/reference/flag-definitions/ */
export const fromFlagd: Converter = (documents, settings) => {
  const drafts = new Map<string, Draft>();
  for (const document of documents) {
    if (document.get("flags").isAbsent)
      throw new RefusedError(`${document.file}: there are no flags, as flagd has them`);
    const set = document.get("metadata").get("flagSetId");
    const key = settings.namespace ?? set.textOr("default");
    const draft = drafts.get(key) ?? new Draft(key, settings.report);
    drafts.set(key, draft);
    for (const [name, evaluator] of document.get("$evaluators").entries()) {
      draft.offerSegment(name, () => logicOf(document, settings, evaluator.where).condition(evaluator));
    }
    for (const flag of flagsOf(document.get("flags"))) draft.addFlag(readFlag(...flag, document, settings));
  }
  return [...drafts.values()].map((draft) => draft.finish());
};

/** A map by key, or a list of flags that have one. */
function flagsOf(flags: SourceValue): readonly (readonly [string, SourceValue])[] {
  return flags.isList ? flags.items().map((flag) => [flag.get("key").text(), flag] as const) : flags.entries();
}

function logicOf(
  document: SourceValue,
  { report, entity = "targetingKey" }: Pick<ImportSettings, "report" | "entity">,
  where: string,
): JsonLogic {
  return new JsonLogic({
    evaluators: document.get("$evaluators"),
    entity,
    assume: (what, why) => report.add({ kind: "assumed", where, what, why, done: "it was carried over" }),
  });
}

function readFlag(
  key: string,
  flag: SourceValue,
  document: SourceValue,
  { report, entity }: ImportSettings,
): SourceFlag {
  const { where } = flag;
  const variants = flag
    .get("variants")
    .entries()
    .map(([name, value]) => ({ name, value: value.json() }));
  const names = new Set(variants.map(({ name }) => name));
  const standard = flag.get("defaultVariant").textOr("");
  if (standard === "") {
    const why = "without a default variant the application's own default counts";
    report.add({
      kind: "changed",
      where,
      what: "no default variant",
      why,
      done: "a boolean flag gives false, another one nothing",
    });
  } else if (!names.has(standard)) {
    throw new RefusedError(`${flag.file}: ${where}.defaultVariant: there is no variant ${standard}`);
  }
  const otherwise: readonly Share[] = standard === "" ? [] : [{ variant: standard, percent: 100 }];
  const targeting = flag.get("targeting");
  const logic = logicOf(document, { report, entity }, targeting.where);
  const off = variants.find(({ value }) => value === false)?.name;
  const isTargeted = targeting.isMap && targeting.entries().length > 0;
  const decisions = isTargeted
    ? attempt(
        report,
        { where: targeting.where, what: `targeting of ${key}`, done: "the flag was left off, without rules" },
        () => requireNested(decisionsOf(targeting, logic, { names, otherwise }), off),
      )
    : [];
  const metadata = flag.get("metadata").metadata();
  return {
    key,
    name: key,
    description: "",
    ...(metadata === undefined ? {} : { metadata }),
    where,
    variants,
    enabled: flag.get("state").textOr("ENABLED") !== "DISABLED",
    off: undefined,
    rules: decisions ?? [],
    otherwise,
    isPartial: decisions === undefined,
    // One hash of flag and entity cuts all of it.
    ...(off === undefined ? {} : { nestsAround: off }),
  };
}

/**
 * One hash cuts the users of a flag: parts of several rules are parts of each other, as long as each begins with what is
 * on.
 * @throws NotCarried
 */
function requireNested(rules: readonly SourceRule[], off: string | undefined): readonly SourceRule[] {
  const cut = rules.filter(({ shares, rest }) => rest > 0 || shares.length > 1);
  const goesOn = cut.some(({ rest }) => rest > 0);
  const isOdd = off === undefined || cut.some(({ shares }) => shares[0]?.variant === off);
  if (cut.length > 1 && goesOn && isOdd) throw new NotCarried("parts of users that overlap with others of the flag");
  return rules;
}
