import { randomUUID } from "node:crypto";
import type { Engine } from "@vexil/engine/model/engine";
import type { RevisionOrigin } from "@vexil/engine/model/past";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { FlagPlaces } from "@vexil/flags/compile/flag-places";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { explaining } from "@vexil/flags/explain/explain-flag";
import type { Explanation } from "@vexil/flags/explain/explanation";
import { matchInSlices } from "@vexil/flags/explain/match-in-slices";
import { inSlices } from "@vexil/flags/parse/in-slices";
import type { Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { namedState } from "../past/named-state.js";
import type { EvaluationRequest } from "../reads/evaluation-request.js";
import { flagNotFound, namespaceNotFound } from "../reads/evaluations.js";
import { BooleanOutcome, timingJson, VariantOutcome } from "../reads/outcome.js";
import { environmentHeader, findEnvironment, unknownEnvironment } from "../request-environment.js";
import { missingName } from "../rights/judged-environment.js";
import type { RouteRequest } from "../route.js";

/** An evaluation with its derivation. */
export interface ExplainedItem {
  readonly environment: string;
  readonly revision: Oid;
  readonly at: RevisionOrigin;
  readonly places: FlagPlaces;
  readonly explanation: Explanation;
  /** The answer of `/evaluate/v1`. */
  readonly evaluation: unknown;
}

/** Somewhere that a request asks about, and the caller may. */
export interface ExplainedPlace {
  readonly environment: string;
  readonly snapshot: Snapshot | undefined;
  readonly at: RevisionOrigin;
  readonly namespace: string;
}

/**
 * Finds the environment that a request asks about, as evaluations do, if the caller may both evaluate and read there: an
 * explanation shows what flags and segments hold.
 * @throws VexilError VEXIL_NOT_FOUND, VEXIL_REFUSED_PERMISSION
 */
export async function explainedPlace(
  { snapshots, engine }: { readonly snapshots: SnapshotReader; readonly engine: Pick<Engine, "past"> },
  { environmentKey, namespaceKey }: EvaluationRequest,
  { headers, rights, message, signal }: RouteRequest,
): Promise<ExplainedPlace> {
  const header = environmentHeader(headers);
  const candidate = environmentKey === "" ? (header ?? "default") : environmentKey;
  const namespace = namespaceKey === "" ? "default" : namespaceKey;
  const found = findEnvironment(snapshots, candidate, header);
  const name = "missing" in found ? found.missing : found.info.key;
  // What is named and does not exist is judged by its name, so that it is answered as what is hidden.
  const missing = missingName(candidate, found);
  for (const judged of missing === undefined ? [name] : [missing, name]) {
    await rights.require("evaluate", judged, namespace);
    await rights.require("read", judged, namespace);
  }
  if ("missing" in found) throw unknownEnvironment(name);
  const expression = message.string("at");
  if (expression === "") {
    const at = { kind: "served", time: new Date().toISOString() } as const;
    return { environment: name, snapshot: snapshots.get(name)?.snapshot, at, namespace };
  }
  return { ...(await namedState(engine.past, name, expression, signal)), environment: name, namespace };
}

/** @throws VexilError VEXIL_NOT_FOUND */
export async function explainItem(
  { environment, snapshot, at, namespace: key }: ExplainedPlace,
  request: EvaluationRequest,
  signal: AbortSignal,
): Promise<ExplainedItem> {
  const started = performance.now();
  const namespace = snapshot?.namespaces.get(key);
  const flag = namespace?.flags.get(request.flagKey);
  const places = namespace?.places(request.flagKey);
  if (snapshot === undefined || flag === undefined || places === undefined) {
    throw namespace === undefined && key !== "default" ? namespaceNotFound(key) : flagNotFound(key, request.flagKey);
  }
  const { entityId, context } = request;
  const matches = await matchInSlices(flag, entityId, context, signal);
  const explanation = await inSlices(explaining(flag, places.written, entityId, context, matches), signal);
  const evaluation = evaluationOf(flag, explanation, request.requestId, performance.now() - started);
  return { environment, revision: snapshot.revision, at, places, explanation, evaluation };
}

function evaluationOf(flag: CompiledFlag, { result }: Explanation, requestId: string, durationMs: number): unknown {
  // Nothing was evaluated for an application, so nothing is counted.
  const cell = { value: 0 };
  const outcome = "enabled" in result ? new BooleanOutcome(flag, result, cell) : new VariantOutcome(flag, result, cell);
  return JSON.parse(outcome.json(requestId === "" ? randomUUID() : requestId, timingJson(durationMs)));
}

/** Tells whether an item of a batch failed by itself: then the others are answered all the same. */
export function isItemError(error: unknown): boolean {
  return VexilError.is(error) && error.code === "VEXIL_NOT_FOUND";
}
