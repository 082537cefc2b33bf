import { RefusedError } from "../../client/client-errors.js";
import { type Condition, EVERYBODY } from "../model/condition.js";
import { Draft } from "../model/draft.js";
import { NotCarried } from "../model/not-carried.js";
import type { Report } from "../model/report.js";
import { type Share, type SourceFlag, type SourceRule, sharesOf } from "../model/source-flag.js";
import { SourceValue } from "../model/source-value.js";
import { attempt } from "./attempt.js";
import { queryCondition } from "./go-feature-flag-query.js";
import { progressiveShares, scheduleOf } from "./go-feature-flag-times.js";
import type { Converter, ImportSettings } from "./import-source.js";
import { JsonLogic } from "./json-logic.js";

/** go-feature-flag's configuration: a map of flags by their keys. */
export const fromGoFeatureFlag: Converter = (documents, settings) => {
  const draft = new Draft(settings.namespace ?? "default", settings.report);
  for (const document of documents) {
    for (const [key, flag] of document.entries()) {
      if (flag.get("variations").isAbsent) {
        throw new RefusedError(`${flag.file}: ${flag.where} has no variations, as a flag of go-feature-flag has`);
      }
      draft.addFlag(readFlag(key, flag, settings));
    }
  }
  return [draft.finish()];
};

function readFlag(
  key: string,
  flag: SourceValue,
  { report, entity = "targetingKey", now }: ImportSettings,
): SourceFlag {
  const { where } = flag;
  const variants = flag
    .get("variations")
    .entries()
    .map(([name, value]) => ({ name, value: value.json() }));
  const names = new Set(variants.map(({ name }) => name));
  const bucketing = flag.get("bucketingKey").textOr("");
  let isPartial = false;
  const shares = (rule: SourceValue): readonly Share[] => {
    const found = sharesIn(rule, now);
    for (const { variant } of found) {
      if (!names.has(variant)) throw new RefusedError(`${rule.file}: ${rule.where}: there is no variation ${variant}`);
    }
    if (found.length > 1 && bucketing !== "" && bucketing !== entity) {
      throw new NotCarried(`a percentage by ${bucketing}, which is not the entity's id`);
    }
    return found;
  };
  const rules = flag
    .get("targeting")
    .items()
    .flatMap((rule): readonly SourceRule[] => {
      if (rule.get("disable").flagOr(false)) return [];
      const read = attempt(report, { where: rule.where, what: `a rule of ${key}` }, () => ({
        where: rule.where,
        description: rule.get("name").textOr(""),
        when: conditionOf(rule, entity, report),
        shares: shares(rule),
        rest: 0,
      }));
      isPartial ||= read === undefined;
      return read === undefined ? [] : [read];
    });
  const standard = flag.get("defaultRule");
  const otherwise = attempt(report, { where: standard.where, what: `the default rule of ${key}` }, () =>
    shares(standard),
  );
  const schedule = scheduleOf(flag, { key, now, report });
  const description = flag.get("metadata").get("description");
  const metadata = flag.get("metadata").metadata();
  return {
    key,
    name: key,
    description: typeof description.raw === "string" ? description.raw : "",
    ...(metadata === undefined ? {} : { metadata }),
    where,
    variants,
    enabled: !flag.get("disable").flagOr(false) && !schedule.isOver,
    off: undefined,
    rules,
    otherwise: otherwise ?? [],
    isPartial: isPartial || otherwise === undefined || schedule.isUnknown,
  };
}

/** @throws NotCarried */
function sharesIn(rule: SourceValue, now: number): readonly Share[] {
  if (!rule.get("progressiveRollout").isAbsent) return progressiveShares(rule.get("progressiveRollout"), now);
  const parts = rule.get("percentage").entries();
  if (parts.length === 0) return [{ variant: rule.get("variation").text(), percent: 100 }];
  const shares = sharesOf(parts.map(([variant, weight]) => ({ variant, weight: weight.number() })));
  if (shares.length === 0) throw new NotCarried("percentages that are all 0");
  return shares;
}

/** @throws NotCarried */
function conditionOf(rule: SourceValue, entity: string, report: Report): Condition {
  const query = rule.get("query");
  const text = query.textOr("").trim();
  if (text === "") return EVERYBODY;
  const assume = (what: string, why: string): void =>
    report.add({ kind: "assumed", where: query.where, what, why, done: "it was carried over" });
  if (!text.startsWith("{")) return queryCondition(text, { entity, assume });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new NotCarried("a query that is no JSON");
  }
  const logic = new JsonLogic({ evaluators: undefined, entity, assume });
  return logic.condition(new SourceValue(parsed, query.file, query.where));
}
