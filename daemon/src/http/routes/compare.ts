import type { ServerLimits } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { type Comparison, compareNamespaces, type Namespaces } from "@vexil/flags/compare/compare-namespaces";
import { VexilError } from "@vexil/plugin-api/errors";
import { nextTurn, TimeSlice } from "@vexil/plugin-api/time-slice";
import { z } from "zod";
import { managedEnvironment, requireSight } from "../management/managed-environment.js";
import { namedState, revisionSchema } from "../past/named-state.js";
import {
  comparisonSchema,
  type ShownAffected,
  shownAffected,
  shownChange,
  shownDefinition,
} from "../past/shown-comparison.js";
import { type Answer, param, type Route, type RouteRequest } from "../route.js";

const COMPARE_MS = 30_000;

type Affected = Comparison["affected"][number];

export interface CompareOptions {
  readonly snapshots: SnapshotReader;
  readonly engine: Engine;
  readonly limits: () => Pick<ServerLimits, "answerBytes">;
}

/** Compares two revisions of an environment: what differs, and who is affected. */
export function compareRoute(options: CompareOptions): Route {
  return {
    method: "GET",
    path: "/api/v2/environments/{environment}/compare",
    summary: "Compares two revisions: which items differ, and for each flag exactly whose answers.",
    access: "token",
    action: "read",
    // Namespaces that the caller may not see are left out.
    place: "answer",
    query: {
      base: { description: "The revision before.", schema: revisionSchema, required: true },
      head: { description: "The revision after; absent: what is served.", schema: revisionSchema },
      namespace: "Only this namespace.",
      regions: {
        description: "`all` lists the regions whose answers stay the same, too.",
        schema: z.enum(["changed", "all"]),
      },
      definitions: {
        description: "`true`: each affected flag with its segments before and after, for evaluating it elsewhere.",
        schema: z.enum(["true", "false"]),
      },
    },
    errors: [400, 404, 413],
    answers: { 200: { description: "What differs.", schema: comparisonSchema } },
    handle: (request) => compare(options, request),
  };
}

async function compare(options: CompareOptions, request: RouteRequest): Promise<Answer> {
  const { snapshots, engine } = options;
  const { query, rights } = request;
  await requireSight(snapshots, request);
  const environment = param(request, "environment");
  const namespace = query.get("namespace") ?? "";
  if (namespace !== "") await rights.require("read", environment, namespace);
  const { info } = managedEnvironment(snapshots, request);
  const base = query.get("base") ?? "";
  if (base === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "base must not be empty: name a revision");
  const all = oneOf(query, "regions", ["changed", "all"]) === "all";
  const isDefined = oneOf(query, "definitions", ["false", "true"]) === "true";
  const late = deadline(request.signal);
  try {
    const before = await namedState(engine.past, info.key, base, late.signal);
    const after = await namedState(engine.past, info.key, query.get("head") || "HEAD", late.signal);
    const states = [before.snapshot.namespaces, after.snapshot.namespaces];
    const seen = await visible(states, namespace, request, info.key);
    const wanted = (key: string): boolean => seen.has(key);
    const [left, right] = [before.snapshot.namespaces, after.snapshot.namespaces];
    // Requests that came together do not begin together.
    await nextTurn();
    const comparison = await compareNamespaces(left, right, { wanted, all, signal: late.signal });
    const shown = (found: Affected) => {
      if (!isDefined) return shownAffected(found);
      const [old, current] = [left, right].map((side) => side.get(found.namespace)?.places(found.flag));
      const definitions = { before: shownDefinition(old), after: shownDefinition(current) };
      return { ...shownAffected(found), definitions };
    };
    const text = await jsonOf(before.revision, after.revision, comparison, shown, options.limits().answerBytes);
    return { status: 200, text, contentType: "application/json" };
  } finally {
    late.end();
  }
}

/** A query parameter with a few values, the first of which is meant where it is absent. */
function oneOf<const Value extends string>(
  query: URLSearchParams,
  name: string,
  values: readonly [Value, ...Value[]],
): Value {
  const text = query.get(name) ?? "";
  const found = text === "" ? values[0] : values.find((value) => value === text);
  if (found !== undefined) return found;
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `${name} must be ${values.join(" or ")}, not ${JSON.stringify(text)}`,
  );
}

/** Namespaces of either state that the caller may see. */
async function visible(
  states: readonly Namespaces[],
  namespace: string,
  { rights }: RouteRequest,
  environment: string,
): Promise<ReadonlySet<string>> {
  const keys = new Set(states.flatMap((state) => [...state.keys()]));
  if (namespace !== "") {
    if (keys.has(namespace)) return new Set([namespace]);
    throw new VexilError("VEXIL_NOT_FOUND", `namespace "${namespace}" not found`);
  }
  const seen = new Set<string>();
  for (const key of keys) if (await rights.may("read", environment, key)) seen.add(key);
  return seen;
}

interface Deadline {
  readonly signal: AbortSignal;
  end(): void;
}

/** A signal that aborts when the client goes away, and when it takes too long. */
function deadline(gone: AbortSignal): Deadline {
  const controller = new AbortController();
  const message = `the comparison took more than ${COMPARE_MS / 1_000} s; compare one namespace alone with ?namespace=`;
  const timer = setTimeout(() => controller.abort(new VexilError("VEXIL_UNAVAILABLE_STORAGE", message)), COMPARE_MS);
  return { signal: AbortSignal.any([controller.signal, gone]), end: () => clearTimeout(timer) };
}

/** The answer's text, made item by item and region by region: one that is large must not keep others waiting. */
async function jsonOf(
  base: string,
  head: string,
  { changes, affected }: Comparison,
  shown: (found: Affected) => ShownAffected,
  limit: number,
): Promise<string> {
  const slice = new TimeSlice();
  let size = 0;
  const textOf = async (value: unknown): Promise<string> => {
    const text = JSON.stringify(value);
    size += text.length;
    if (size > limit) {
      const message = `the comparison would be larger than ${limit} bytes; compare one namespace alone with ?namespace=`;
      throw new VexilError("VEXIL_VALIDATION_ANSWER_SIZE", message);
    }
    if (slice.due) await slice.next();
    return text;
  };
  const listOf = async <T>(items: readonly T[], itemText: (item: T) => Promise<string>): Promise<string> => {
    const parts: string[] = [];
    for (const item of items) parts.push(await itemText(item));
    return `[${parts.join(",")}]`;
  };
  const affectedText = async (found: Affected): Promise<string> => {
    const { regions, ...flag } = shown(found);
    return `${(await textOf(flag)).slice(0, -1)},"regions":${await listOf(regions, textOf)}}`;
  };
  const names = `"base":${JSON.stringify(base)},"head":${JSON.stringify(head)}`;
  const changed = await listOf(changes, (change) => textOf(shownChange(change)));
  return `{${names},"changes":${changed},"affected":${await listOf(affected, affectedText)}}`;
}
