import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { headerText } from "../header-text.js";
import { answerTooLarge } from "../limits/unread-answers.js";
import { judgedEnvironment } from "../rights/judged-environment.js";
import { BulkAnswer } from "./bulk-answers.js";
import { bulkEtag } from "./bulk-etag.js";
import type { EvaluatedFlag } from "./evaluated-flag.js";
import { type EvaluatedNamespace, namespaceNotFound } from "./evaluations.js";
import { COMMA_BYTES, type Outcome } from "./outcome.js";
import type { ReadServices } from "./read-services.js";
import type { ReadEnvironment } from "./read-snapshots.js";

type Context = Readonly<Record<string, string>>;

/** An evaluation as OFREP asks for it: by whom, and for which context. */
export interface OfrepRequest {
  readonly context: Context;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller | undefined;
}

interface Scope {
  readonly environment: ReadEnvironment;
  readonly key: string;
  readonly namespace: EvaluatedNamespace | undefined;
  readonly context: Context;
}

function scopeOf(services: ReadServices, { context, headers, caller }: OfrepRequest): Scope | Promise<Scope> {
  const key = headerText(headers, "x-flipt-namespace") ?? "default";
  const environment = judgedEnvironment(services, caller, undefined, headers, key);
  if (environment instanceof Promise) return environment.then((judged) => scopeIn(services, judged, key, context));
  return scopeIn(services, environment, key, context);
}

function scopeIn(services: ReadServices, environment: ReadEnvironment, key: string, context: Context): Scope {
  return { environment, key, namespace: services.evaluations.namespace(environment, key), context };
}

/** Without `targetingKey` every flag gets an entity of its own. */
function evaluateIn({ context }: Scope, flag: EvaluatedFlag): Outcome {
  try {
    return flag.evaluate(context.targetingKey ?? randomUUID(), context);
  } catch (error) {
    flag.countError();
    if (!VexilError.is(error)) throw error;
    throw new VexilError(error.code, error.message, { details: { key: flag.flag.key }, cause: error });
  }
}

function flagOf(services: ReadServices, scope: Scope, key: string): EvaluatedFlag {
  const flag = scope.namespace?.flag(key);
  if (flag !== undefined) return flag;
  services.evaluations.countMissing(scope.environment, scope.key);
  throw new VexilError("VEXIL_NOT_FOUND", `flag was not found ${key}`, { details: { key } });
}

/**
 * `POST /ofrep/v1/evaluate/flags/{key}`. Synchronous unless it is not known yet whether the caller
 * may.
 */
export function evaluateOfrepFlag(
  services: ReadServices,
  request: OfrepRequest,
  key: string,
): Buffer | Promise<Buffer> {
  const started = performance.now();
  const scope = scopeOf(services, request);
  if (scope instanceof Promise)
    return services.later(() => scope.then((judged) => flagIn(services, judged, key, started)));
  return flagIn(services, scope, key, started);
}

function flagIn(services: ReadServices, scope: Scope, key: string, started: number): Buffer {
  const outcome = evaluateIn(scope, flagOf(services, scope, key));
  scope.namespace?.observe(performance.now() - started);
  return outcome.ofrep.subarray(COMMA_BYTES);
}

/**
 * `POST /ofrep/v1/evaluate/flags`: chosen flags in their order, or all that are on, sorted by key. Synchronous as the
 * single evaluation is.
 */
export function evaluateOfrepBulk(services: ReadServices, request: OfrepRequest): BulkAnswer | Promise<BulkAnswer> {
  const started = performance.now();
  const scope = scopeOf(services, request);
  if (scope instanceof Promise) return services.later(() => scope.then((judged) => bulkIn(services, judged, started)));
  return bulkIn(services, scope, started);
}

function bulkIn(services: ReadServices, scope: Scope, started: number): BulkAnswer {
  const { namespace } = scope;
  if (namespace === undefined) throw namespaceNotFound(scope.key);
  const flags = chosenFlags(services, scope, namespace);
  const outcomes = flags.map((flag) => evaluateIn(scope, flag));
  const answer = namespace.bulkAnswers.get(
    outcomes,
    () => new BulkAnswer(bulkEtag(identityOf(scope, outcomes)), outcomes, namespace.bulkEnd),
  );
  if (answer.size > services.limits.answerBytes) throw answerTooLarge(services.limits.answerBytes);
  namespace.observe(performance.now() - started, flags.length);
  return answer;
}

/** Added piece by piece: a text joined from a list takes longer. */
function identityOf({ environment, key }: Scope, outcomes: readonly Outcome[]): string {
  let identity = environment.info.key + key;
  for (const outcome of outcomes) identity += outcome.identity;
  return identity;
}

function chosenFlags(services: ReadServices, scope: Scope, namespace: EvaluatedNamespace): readonly EvaluatedFlag[] {
  const chosen = scope.context.flags;
  if (chosen === undefined) return namespace.all;
  const limit = services.limits.batchItems;
  const keys = chosen.split(",", limit + 1);
  if (keys.length > limit) {
    throw new VexilError("VEXIL_VALIDATION_ITEMS", `more than ${limit} flags are chosen (server.limits.batch_items)`);
  }
  return keys.map((key) => {
    if (key === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "flag key was not provided");
    return flagOf(services, scope, key);
  });
}
