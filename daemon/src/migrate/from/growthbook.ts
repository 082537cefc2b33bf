import type { JsonValue } from "@vexil/flags/read/document";
import { RefusedError } from "../../client/client-errors.js";
import { allOf, EVERYBODY, present } from "../model/condition.js";
import { Draft } from "../model/draft.js";
import { NotCarried } from "../model/not-carried.js";
import { rounded, type Share, type SourceFlag, type SourceRule, sharesOf } from "../model/source-flag.js";
import type { SourceValue } from "../model/source-value.js";
import { attempt } from "./attempt.js";
import { MongoCondition } from "./growthbook-condition.js";
import { partsOf } from "./growthbook-parts.js";
import { valuesOf } from "./growthbook-values.js";
import type { Converter, ImportSettings } from "./import-source.js";

/** GrowthBook's features as its SDK endpoint gives them, `/api/features/…`. */
export const fromGrowthBook: Converter = (documents, settings) => {
  const draft = new Draft(settings.namespace ?? "default", settings.report);
  for (const document of documents) {
    if (!document.get("features").isMap) {
      throw new RefusedError(`${document.file}: there are no features, as GrowthBook's SDK endpoint gives them`);
    }
    const conditions = new MongoCondition(document.get("savedGroups"), settings.entity ?? "id");
    for (const [key, feature] of document.get("features").entries())
      draft.addFlag(readFeature(key, feature, conditions, settings));
  }
  return [draft.finish()];
};

function readFeature(
  key: string,
  feature: SourceValue,
  conditions: MongoCondition,
  { report }: ImportSettings,
): SourceFlag {
  const { where } = feature;
  const values = valuesOf(feature);
  let isPartial = false;
  const rules = feature
    .get("rules")
    .items()
    .flatMap((rule): readonly SourceRule[] => {
      const read = attempt(report, { where: rule.where, what: `a rule of ${key}` }, () =>
        readRule(rule, conditions, values.nameOf),
      );
      isPartial ||= read === undefined;
      return read ?? [];
    });
  const standard = feature.get("defaultValue");
  if (standard.isAbsent) {
    const why = "without a default value the application's own default counts";
    report.add({
      kind: "changed",
      where,
      what: "no default value",
      why,
      done: "a boolean flag gives false, another one nothing",
    });
  }
  const off = standard.isAbsent ? undefined : values.nameOf(standard.json());
  return {
    key,
    name: key,
    description: "",
    where,
    variants: values.variants,
    enabled: true,
    off,
    rules,
    otherwise: off === undefined ? [] : [{ variant: off, percent: 100 }],
    isPartial,
  };
}

/** @throws NotCarried */
function readRule(
  rule: SourceValue,
  conditions: MongoCondition,
  nameOf: (value: JsonValue) => string,
): readonly SourceRule[] {
  for (const name of ["parentConditions", "filters", "namespace", "urlPatterns", "contextualVariations"]) {
    if (!rule.get(name).isAbsent && !(rule.get(name).isList && rule.get(name).items().length === 0))
      throw new NotCarried(name);
  }
  const when = rule.get("condition").isAbsent ? EVERYBODY : conditions.condition(rule.get("condition"));
  const by = rule.get("hashAttribute").textOr("") || "id";
  const isForced = rule.get("force").raw !== undefined;
  const variations = rule.get("variations");
  if (!isForced && variations.items().length < 2) return [];
  const isCut = !isForced || !rule.get("coverage").isAbsent || !rule.get("range").isAbsent;
  const parts = isForced
    ? [{ name: nameOf(rule.get("force").json()), part: forcedPart(rule) }]
    : partsOf(rule).map((part, index) => ({ name: nameOf(variations.items()[index]?.json() ?? null), part }));
  const shares: readonly Share[] = parts
    .filter(({ part }) => part > 0)
    .map(({ name, part }) => ({ variant: name, percent: rounded(part * 100) }));
  if (shares.length === 0) return [];
  const total = shares.reduce((sum, { percent }) => sum + percent, 0);
  // Weights may miss a hundred by a hair.
  const isWhole = total > 99.9;
  const isById = by === conditions.entity;
  if (!isById && isCut && !(shares.length === 1 && isWhole)) {
    throw new NotCarried(`a part of the users by ${by}, which is not the entity's id`);
  }
  const whole = isWhole ? sharesOf(shares.map(({ variant, percent }) => ({ variant, weight: percent }))) : shares;
  return [
    {
      where: rule.where,
      description: "",
      when: isCut && !isById ? allOf([when, present(by)]) : when,
      shares: whole,
      rest: isWhole ? 0 : rounded(100 - total),
    },
  ];
}

function forcedPart(rule: SourceValue): number {
  const range = rule.get("range").items();
  if (range.length === 2) return Math.max(0, (range[1]?.number() ?? 0) - (range[0]?.number() ?? 0));
  return Math.min(1, Math.max(0, rule.get("coverage").numberOr(1)));
}
