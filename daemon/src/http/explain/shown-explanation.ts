import type { Engine, ItemSource } from "@vexil/engine/model/engine";
import type { FlagPlaces, PlacedValue } from "@vexil/flags/compile/flag-places";
import type { ClosestMiss, ExplainedSegment, ExplainedStep } from "@vexil/flags/explain/explanation";
import type { z } from "zod";
import type { ExplainedItem } from "./explained-item.js";
import type { explanationSchema, sourceSchema } from "./explanation-schema.js";

/** Items whose sources are looked for in one request; steps that were skipped come last. */
const MOST_SOURCES = 1_000;

interface Sourced {
  readonly source?: z.input<typeof sourceSchema>;
}

type ShownSegment = ExplainedSegment & Sourced;
/** A step with where it is written. */
export type ShownStep = Omit<ExplainedStep, "segments"> & Sourced & { readonly segments?: readonly ShownSegment[] };

/** How an answer came about, as it is shown. */
export interface ShownSteps {
  readonly steps: readonly ShownStep[];
  readonly closest?: ClosestMiss;
}

/** An explanation as it is answered. */
export interface ShownExplanation extends ShownSteps {
  readonly evaluation: unknown;
  readonly revision: string;
  readonly at: z.input<typeof explanationSchema>["at"];
}

/** Parts of an explained answer that its steps are shown from. */
export type ExplainedSteps = Pick<ExplainedItem, "environment" | "revision" | "places" | "explanation">;

/** Explanations as they are answered, with where each step and segment is written. */
export async function shownExplanations(
  engine: Pick<Engine, "sources">,
  items: readonly ExplainedItem[],
): Promise<readonly ShownExplanation[]> {
  const shown = (await shownSteps(engine, items)).values();
  return items.map(({ evaluation, revision, at }) => ({
    evaluation,
    revision,
    at,
    ...(shown.next().value as ShownSteps),
  }));
}

/**
 * Steps with where each is written and who changed it last.
 * @param sourced of so many of the items that is looked for; of the others the file is told
 */
export async function shownSteps(
  engine: Pick<Engine, "sources">,
  items: readonly ExplainedSteps[],
  sourced: number = items.length,
): Promise<readonly ShownSteps[]> {
  const sources = await sourcesOf(engine, items.slice(0, sourced));
  return items.map(({ places, explanation }) => ({
    steps: explanation.steps.map((step) => shownStep(step, places, sources)),
    ...(explanation.closest === undefined ? {} : { closest: explanation.closest }),
  }));
}

function shownStep(
  { segments, ...step }: ExplainedStep,
  places: FlagPlaces,
  sources: ReadonlyMap<string, ItemSource>,
): ShownStep {
  const source = sourceOf(placeOfStep(step, places), sources);
  if (segments === undefined) return { ...step, ...source };
  const shown = segments.map((segment) => shownSegment(segment, places, sources));
  return { ...step, segments: shown, ...source };
}

function shownSegment(
  segment: ExplainedSegment,
  places: FlagPlaces,
  sources: ReadonlyMap<string, ItemSource>,
): ShownSegment {
  const place = places.segments.get(segment.key);
  return place === undefined ? segment : { ...segment, ...sourceOf(place, sources) };
}

/** The item that a step is written as: a rule, a rollout, the variant that is the default, or the flag. */
function placeOfStep({ kind, rank = 1 }: ExplainedStep, { flag, written }: FlagPlaces): PlacedValue {
  const below = (...path: readonly (string | number)[]): PlacedValue => ({
    ...flag,
    place: { document: flag.place.document, path: [...flag.place.path, ...path] },
  });
  switch (kind) {
    case "flag":
      return flag;
    case "rule":
      return below("rules", rank - 1);
    case "rollout":
      return below("rollouts", rank - 1);
    case "default": {
      if (written.type === "BOOLEAN_FLAG_TYPE") return below("enabled");
      const chosen = written.variants.findLastIndex((variant) => variant.default);
      return chosen === -1 ? flag : below("variants", chosen);
    }
  }
}

function sourceOf(place: PlacedValue, sources: ReadonlyMap<string, ItemSource>): Required<Sourced> {
  const { file, line, column, change } = sources.get(keyOf(place)) ?? { file: place.file };
  return {
    source: {
      file,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
      ...(change === undefined
        ? {}
        : {
            commit: change.commit,
            author: change.author,
            email: change.email,
            time: new Date(change.timestampMs).toISOString(),
          }),
    },
  };
}

async function sourcesOf(
  engine: Pick<Engine, "sources">,
  items: readonly ExplainedSteps[],
): Promise<ReadonlyMap<string, ItemSource>> {
  const [tried, skipped] = [new Map<string, Asked>(), new Map<string, Asked>()];
  for (const item of items) {
    for (const step of item.explanation.steps) {
      const wanted = step.outcome === "skipped" ? skipped : tried;
      const add = (place: PlacedValue | undefined): void => {
        if (place !== undefined) wanted.set(keyOf(place), { item, place });
      };
      add(placeOfStep(step, item.places));
      for (const { key } of step.segments ?? []) add(item.places.segments.get(key));
    }
  }
  const groups = new Map<string, Asked[]>();
  for (const asked of [...new Map([...tried, ...skipped]).values()].slice(0, MOST_SOURCES)) {
    const { environment, revision } = asked.item;
    const group = `${environment} ${revision}`;
    groups.set(group, [...(groups.get(group) ?? []), asked]);
  }
  const found = new Map<string, ItemSource>();
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const [{ item }] = group as [Asked];
      const places = group.map(({ place }) => place);
      const query = { environment: item.environment, revision: item.revision, items: places };
      for (const [index, source] of (await engine.sources(query)).entries()) {
        found.set(keyOf(places[index] as PlacedValue), source);
      }
    }),
  );
  return found;
}

interface Asked {
  readonly item: ExplainedSteps;
  readonly place: PlacedValue;
}

function keyOf({ file, oid, place }: PlacedValue): string {
  return JSON.stringify([file, oid, place.document, ...place.path]);
}
