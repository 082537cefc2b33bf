import { RefusedError } from "../../client/client-errors.js";
import { allOf } from "../model/condition.js";
import { Draft } from "../model/draft.js";
import type { SourceValue } from "../model/source-value.js";
import { chosenEnvironment } from "./chosen-environment.js";
import type { Converter } from "./import-source.js";
import { UnleashConstraints } from "./unleash-constraints.js";
import { type EnvironmentState, unleashFlag } from "./unleash-flag.js";

/**
 * Unleash's exports of features, `/api/admin/features-batch/export`, and of its state as older versions have them,
 * which is what its SDKs are given, too.
 */
export const fromUnleash: Converter = (documents, settings) => {
  const drafts = new Map<string, Draft>();
  for (const document of documents) {
    if (!document.get("features").isList)
      throw new RefusedError(`${document.file}: there are no features, as Unleash exports them`);
    const environment = environmentOf(document, settings.sourceEnvironment);
    const constraints = new UnleashConstraints(document.get("segments").items(), settings.entity ?? "userId");
    const states = statesOf(document, environment);
    const dependents = new Set(
      document
        .get("dependencies")
        .items()
        .map((one) => one.get("feature").text()),
    );
    const begun = new Set<Draft>();
    for (const feature of document.get("features").items()) {
      const project = settings.namespace ?? feature.get("project").textOr("default");
      const draft = drafts.get(project) ?? new Draft(project, settings.report);
      drafts.set(project, draft);
      if (!begun.has(draft)) addSegments(draft, document, constraints);
      begun.add(draft);
      if (feature.get("archived").flagOr(false)) continue;
      const name = feature.get("name").text();
      const state = states.get(name) ?? inlineState(feature);
      const isDependent = dependents.has(name) || feature.get("dependencies").items().length > 0;
      draft.addFlag(unleashFlag(feature, state, { constraints, isDependent, report: settings.report }));
    }
  }
  return [...drafts.values()].map((draft) => draft.finish());
};

/** Each project has segments of its own here, and there all may be in each. */
function addSegments(draft: Draft, document: SourceValue, constraints: UnleashConstraints): void {
  for (const segment of document.get("segments").items()) {
    const own = segment.get("constraints");
    const name = segment.get("name").textOr(String(segment.get("id").raw));
    if (!own.isList) continue;
    draft.addSegment(name, name, segment.where, () => allOf(own.items().map((one) => constraints.condition(one))));
  }
}

/** The environment that is read; undefined where none is named. */
function environmentOf(document: SourceValue, wanted: string | undefined): string | undefined {
  const states = [...document.get("featureEnvironments").items(), ...document.get("featureStrategies").items()];
  const names = states.flatMap((one) => {
    const name = one.get("environment");
    return name.isAbsent ? [] : [name.text()];
  });
  return names.length === 0 ? wanted : chosenEnvironment(document.file, names, wanted);
}

/** Features whose strategies stand beside them, by name. */
function statesOf(document: SourceValue, environment: string | undefined): ReadonlyMap<string, EnvironmentState> {
  const isOfIt = (one: SourceValue): boolean => {
    const own = one.get("environment");
    return own.isAbsent || environment === undefined || own.text() === environment;
  };
  const states = new Map<string, EnvironmentState>();
  if (document.get("featureEnvironments").isAbsent) return states;
  const segmentsOf = grouped(document.get("featureStrategySegments").items(), "featureStrategyId");
  const strategiesOf = grouped(document.get("featureStrategies").items().filter(isOfIt), "featureName");
  for (const one of document.get("featureEnvironments").items().filter(isOfIt)) {
    const name = (one.get("featureName").isAbsent ? one.get("name") : one.get("featureName")).text();
    const strategies = (strategiesOf.get(name) ?? []).map((strategy) => {
      const links = segmentsOf.get(strategy.get("id").textOr("")) ?? [];
      return { strategy, segments: links.map((link) => link.get("segmentId")) };
    });
    states.set(name, { enabled: one.get("enabled").flagOr(false), strategies, variants: one.get("variants") });
  }
  for (const feature of document.get("features").items()) {
    const name = feature.get("name").text();
    // A feature that is in no environment is off there.
    if (!states.has(name)) states.set(name, { enabled: false, strategies: [], variants: feature.get("variants") });
  }
  return states;
}

/** Items by a text that each of them has. */
function grouped(items: readonly SourceValue[], name: string): ReadonlyMap<string, readonly SourceValue[]> {
  const groups = new Map<string, SourceValue[]>();
  for (const item of items) {
    const key = item.get(name).text();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function inlineState(feature: SourceValue): EnvironmentState {
  const strategies = feature
    .get("strategies")
    .items()
    .map((strategy) => ({ strategy, segments: [] }));
  return { enabled: feature.get("enabled").flagOr(false), strategies, variants: feature.get("variants") };
}
