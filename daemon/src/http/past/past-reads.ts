import type { PastReader } from "@vexil/engine/model/past";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Message } from "../message.js";
import { readJson } from "../read-json.js";
import { evaluateOne } from "../reads/evaluate.js";
import { evaluateBatch } from "../reads/evaluate-batch.js";
import { batchRequest, evaluationRequest } from "../reads/evaluation-request.js";
import { Evaluations } from "../reads/evaluations.js";
import type { Json } from "../reads/outcome.js";
import type { ReadServices } from "../reads/read-services.js";
import type { ReadEnvironment, ReadSnapshots } from "../reads/read-snapshots.js";
import { series, Tally } from "../reads/tally.js";
import { environmentHeader, findEnvironment } from "../request-environment.js";
import { judgedEnvironment, missingName } from "../rights/judged-environment.js";
import { type Answer, param, type RouteRequest } from "../route.js";
import { type NamedState, namedState } from "./named-state.js";

type FlagType = Parameters<typeof evaluateOne>[1];

/** Reads of applications at past states: what the hot path answers, over another snapshot, and counted apart. */
export class PastReads {
  readonly #services: ReadServices;
  readonly #past: () => PastReader;
  /** Prepared evaluations go with their snapshot. */
  readonly #evaluations = new WeakMap<Snapshot, Evaluations>();

  constructor(services: ReadServices, past: () => PastReader) {
    this.#services = services;
    this.#past = past;
  }

  async evaluate(type: FlagType, request: RouteRequest): Promise<Answer> {
    const { headers } = request;
    const body = this.#bodyOf(request);
    const { namespaceKey, environmentKey } = evaluationRequest(body);
    const candidate = environmentKey === "" ? (environmentHeader(headers) ?? "default") : environmentKey;
    const environment = await this.#judged(request, candidate, namespaceKey || "default");
    const state = await this.#state(environment, request.message, request.signal);
    const services = this.#over(environment, state.snapshot);
    const json = await evaluateOne(services, type, body, headers, this.#caller(request));
    return this.#answer(environment, state, json, 1);
  }

  async evaluateBatch(request: RouteRequest): Promise<Answer> {
    const { limits, snapshots } = this.#services;
    const { headers } = request;
    const body = this.#bodyOf(request);
    const { requests } = batchRequest(body, limits.batchItems);
    const header = environmentHeader(headers);
    const places = new Map<string, { readonly candidate: string; readonly namespaces: Set<string> }>();
    for (const { environmentKey, namespaceKey } of requests) {
      const found = findEnvironment(snapshots, environmentKey, header);
      // A name that nobody has is a place of its own: as one whose answers are another's it would differ from hidden ones.
      const key = missingName(environmentKey, found) ?? ("missing" in found ? found.missing : found.info.key);
      const place = places.get(key) ?? { candidate: environmentKey, namespaces: new Set() };
      places.set(key, place);
      place.namespaces.add(namespaceKey || "default");
    }
    if (places.size > 1) {
      throw new VexilError("VEXIL_VALIDATION_REQUEST", "a batch with `at` is of one environment: send one for each");
    }
    const [place = { candidate: "", namespaces: new Set(["default"]) }] = places.values();
    const environment = await this.#judgedAny(request, place.candidate, [...place.namespaces]);
    const state = await this.#state(environment, request.message, request.signal);
    const services = this.#over(environment, state.snapshot);
    const json = await evaluateBatch(services, body, headers, this.#caller(request));
    return this.#answer(environment, state, json, requests.length);
  }

  async snapshot(request: RouteRequest, candidate: string | undefined): Promise<Answer> {
    const key = param(request, "namespace");
    const environment = await this.#judged(request, candidate, key);
    const expression = request.query.get("at") ?? "HEAD";
    const { revision, at, snapshot } = await namedState(this.#past(), environment.info.key, expression, request.signal);
    const namespace = snapshot.namespaces.get(key);
    if (namespace === undefined) {
      throw new VexilError("VEXIL_NOT_FOUND", `evaluation snapshot for namespace "${key}" not found`);
    }
    const shown = `"revision":${JSON.stringify(revision)},"at":${JSON.stringify(at)}}`;
    return {
      status: 200,
      headers: { Etag: namespace.digest },
      text: `${namespace.clientJson.slice(0, -1)},${shown}`,
      contentType: "application/json",
    };
  }

  /** The environment of the first namespace in which the caller may evaluate: others are refused item by item. */
  async #judgedAny(request: RouteRequest, candidate: string, namespaces: readonly string[]): Promise<ReadEnvironment> {
    let refusal: unknown;
    for (const namespace of namespaces) {
      try {
        return await this.#judged(request, candidate, namespace);
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }

  /** The message as the hot path reads it. */
  #bodyOf({ bytes }: RouteRequest): unknown {
    const body = readJson(Buffer.from(bytes).toString("utf8"), this.#services.limits.batchItems);
    if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
    const { at: _, ...rest } = body as Readonly<Record<string, unknown>>;
    return rest;
  }

  async #judged(request: RouteRequest, candidate: string | undefined, namespace: string): Promise<ReadEnvironment> {
    return judgedEnvironment(this.#services, this.#caller(request), candidate, request.headers, namespace);
  }

  #caller({ principal }: RouteRequest) {
    return this.#services.gate.judged(principal);
  }

  #state({ info }: ReadEnvironment, message: Message, signal: AbortSignal): Promise<NamedState> {
    return namedState(this.#past(), info.key, message.string("at") || "HEAD", signal);
  }

  /** The services of the hot path, with one environment at another state. */
  #over(environment: ReadEnvironment, snapshot: Snapshot): ReadServices {
    const { snapshots } = this.#services;
    const past: ReadEnvironment = { info: environment.info, snapshot };
    const seen = (found: ReadEnvironment | undefined) => (found?.info.key === past.info.key ? past : found);
    const over: ReadSnapshots = { get: (key) => seen(snapshots.get(key)), default: () => seen(snapshots.default()) };
    const evaluations = this.#evaluations.get(snapshot) ?? new Evaluations(new Tally());
    this.#evaluations.set(snapshot, evaluations);
    return { ...this.#services, snapshots: over, evaluations };
  }

  #answer({ info }: ReadEnvironment, { revision, at }: NamedState, { text }: Json, count: number): Answer {
    this.#services.tally.count(series("past_evaluations", info.key), count);
    return { status: 200, body: { ...(JSON.parse(text) as object), revision, at } };
  }
}
