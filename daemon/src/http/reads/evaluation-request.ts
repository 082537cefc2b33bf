import { VexilError } from "@vexil/plugin-api/errors";
import { Message } from "../message.js";

/** The compatible system's `EvaluationRequest`. Nothing is required. */
export interface EvaluationRequest {
  readonly requestId: string;
  readonly environmentKey: string;
  /** As given; empty means `default`. */
  readonly namespaceKey: string;
  readonly flagKey: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
}

const NO_CONTEXT: Readonly<Record<string, string>> = Object.freeze(Object.create(null) as Record<string, string>);

/** @throws VexilError for a value of the wrong type */
export function evaluationRequest(value: unknown): EvaluationRequest {
  return plainRequest(value) ?? lenientRequest(new Message(value));
}

/** Reads the request that nearly every client sends, camelCase strings, without a look at each field's other names. */
function plainRequest(value: unknown): EvaluationRequest | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const { requestId, environmentKey, namespaceKey, flagKey, entityId } = fields;
  const named = count(requestId) + count(environmentKey) + count(namespaceKey) + count(flagKey) + count(entityId);
  const found = Object.keys(fields).length;
  if (found === 0 || found !== named + count(fields.context)) return undefined;
  if (!isText(requestId) || !isText(environmentKey) || !isText(namespaceKey)) return undefined;
  if (!isText(flagKey) || !isText(entityId)) return undefined;
  const context = plainContext(fields.context);
  if (context === undefined) return undefined;
  return {
    requestId: requestId ?? "",
    environmentKey: environmentKey ?? "",
    namespaceKey: namespaceKey ?? "",
    flagKey: flagKey ?? "",
    entityId: entityId ?? "",
    context,
  };
}

/** JSON has no undefined: what is so is not there. */
const count = (value: unknown): 0 | 1 => (value === undefined ? 0 : 1);

const isText = (value: unknown): value is string | undefined => value === undefined || typeof value === "string";

/** The parsed object itself, if it is a map of strings: evaluation looks at own properties only. */
function plainContext(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return NO_CONTEXT;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const context = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(context)) if (typeof context[name] !== "string") return undefined;
  return context as Readonly<Record<string, string>>;
}

function lenientRequest(message: Message): EvaluationRequest {
  if (message.string("at") !== "") {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", "`at` is of a whole batch: write it beside `requests`");
  }
  return requestOf(message);
}

/** The same for a message, whatever past state it names. */
export function requestOf(message: Message): EvaluationRequest {
  message.optionalString("reference");
  return {
    requestId: message.string("requestId"),
    environmentKey: message.string("environmentKey"),
    namespaceKey: message.string("namespaceKey"),
    flagKey: message.string("flagKey"),
    entityId: message.string("entityId"),
    context: message.stringMap("context"),
  };
}

export interface BatchRequest {
  readonly requestId: string;
  readonly requests: readonly EvaluationRequest[];
}

/**
 * Reads a batch.
 * @param limit how many items it may have
 * @throws VexilError for a value of the wrong type, and VEXIL_VALIDATION_ITEMS
 */
export function batchRequest(value: unknown, limit: number): BatchRequest {
  return batchOf(new Message(value), limit);
}

/** The same for a message. */
export function batchOf(message: Message, limit: number): BatchRequest {
  message.optionalString("reference");
  const requestId = message.string("requestId");
  const items = batchItems(message);
  if (items.length > limit) {
    throw new VexilError(
      "VEXIL_VALIDATION_ITEMS",
      `the batch has more than ${limit} items (server.limits.batch_items)`,
    );
  }
  return { requestId, requests: items.map(evaluationRequest) };
}

/** A list, or an object keyed by index as PHP writes one. */
function batchItems(message: Message): readonly unknown[] {
  const raw = message.raw("requests");
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) {
    const keys = Object.keys(raw);
    if (keys.every((key, index) => key === String(index))) return Object.values(raw);
  }
  return message.list("requests");
}
