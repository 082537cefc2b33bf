import type { IncomingHttpHeaders } from "node:http";
import type { CompiledFlag } from "@vexil/core";
import { VexilError } from "@vexil/core/serving";
import type { Message } from "../message.js";
import { environmentHeader, requestEnvironment } from "../request-environment.js";
import { bulkEtag } from "./bulk-etag.js";
import { countError, countResult } from "./count-evaluation.js";
import { type EvaluatedNamespace, evaluatedNamespace, namespaceNotFound } from "./find-flag.js";
import { evaluateOfrep, type OfrepEvaluation } from "./ofrep-json.js";
import type { ReadEnvironment, ReadServices } from "./read-services.js";

interface Scope {
  readonly environment: ReadEnvironment;
  readonly key: string;
  readonly namespace: EvaluatedNamespace | undefined;
  readonly context: Readonly<Record<string, string>>;
}

function scopeOf(services: ReadServices, message: Message, headers: IncomingHttpHeaders): Scope {
  const context = message.stringMap("context");
  const environment = requestEnvironment(services.snapshots, undefined, environmentHeader(headers));
  const header = headers["x-flipt-namespace"];
  const key = typeof header === "string" && header !== "" ? header : "default";
  return { environment, key, namespace: evaluatedNamespace(environment, key), context };
}

function evaluateCounted(services: ReadServices, scope: Scope, flag: CompiledFlag): OfrepEvaluation {
  const started = performance.now();
  try {
    const result = evaluateOfrep(flag, scope.context);
    countResult(services.tally, scope.environment.info.key, scope.key, flag, result, performance.now() - started);
    return result;
  } catch (error) {
    countError(services.tally, scope.environment, scope.key, flag);
    if (VexilError.is(error))
      throw new VexilError(error.code, error.message, { details: { key: flag.key }, cause: error });
    throw error;
  }
}

function flagOf(services: ReadServices, scope: Scope, key: string): CompiledFlag {
  const flag = scope.namespace?.flags.get(key);
  if (flag !== undefined) return flag;
  countError(services.tally, scope.environment, scope.key, undefined);
  throw new VexilError("VEXIL_NOT_FOUND", `flag was not found ${key}`, { details: { key } });
}

/** `POST /ofrep/v1/evaluate/flags/{key}` (`http-api.md` §5). */
export function evaluateOfrepFlag(
  services: ReadServices,
  message: Message,
  headers: IncomingHttpHeaders,
  key: string,
): string {
  const scope = scopeOf(services, message, headers);
  return evaluateCounted(services, scope, flagOf(services, scope, key)).json;
}

/** `POST /ofrep/v1/evaluate/flags`: chosen flags in their order, or all that are on, sorted by key. */
export function evaluateOfrepBulk(
  services: ReadServices,
  message: Message,
  headers: IncomingHttpHeaders,
): { readonly etag: string; readonly json: string } {
  const scope = scopeOf(services, message, headers);
  if (scope.namespace === undefined) throw namespaceNotFound(scope.key);
  const environment = scope.environment.info.key;
  const results: string[] = [];
  let identity = environment + scope.key;
  for (const flag of chosenFlags(services, scope, scope.namespace)) {
    const result = evaluateCounted(services, scope, flag);
    results.push(result.json);
    identity += flag.key + result.variant;
  }
  const path = `/ofrep/v1/_stream/${encodeURIComponent(environment)}/${encodeURIComponent(scope.key)}/events`;
  const streams = `[{"type":"sse","endpoint":{"requestUri":${JSON.stringify(path)}}}]`;
  return { etag: bulkEtag(identity), json: `{"flags":[${results.join(",")}],"eventStreams":${streams}}` };
}

function chosenFlags(services: ReadServices, scope: Scope, namespace: EvaluatedNamespace): readonly CompiledFlag[] {
  const { context } = scope;
  if (!Object.hasOwn(context, "flags")) {
    const all = namespace.sortedKeys.map((key) => namespace.flags.get(key) as CompiledFlag);
    return all.filter((flag) => flag.enabled || flag.type === "BOOLEAN_FLAG_TYPE");
  }
  return (context.flags ?? "").split(",").map((key) => {
    if (key === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "flag key was not provided");
    return flagOf(services, scope, key);
  });
}
