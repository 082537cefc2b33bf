import { Message } from "../message.js";

/** `EvaluationRequest` of `http-api.md` §2. Nothing is required. */
export interface EvaluationRequest {
  readonly requestId: string;
  readonly environmentKey: string;
  /** As given; empty means `default`. */
  readonly namespaceKey: string;
  readonly flagKey: string;
  readonly entityId: string;
  readonly context: Readonly<Record<string, string>>;
}

export function evaluationRequest(message: Message): EvaluationRequest {
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

export function batchRequest(message: Message): BatchRequest {
  message.optionalString("reference");
  return {
    requestId: message.string("requestId"),
    requests: batchItems(message).map((item) => evaluationRequest(new Message(item))),
  };
}

/** A list, or an object keyed by index as PHP writes one (`http-api.md` D8). */
function batchItems(message: Message): readonly unknown[] {
  const raw = message.raw("requests");
  if (typeof raw === "object" && raw !== null && !Array.isArray(raw)) {
    const keys = Object.keys(raw);
    if (keys.every((key, index) => key === String(index))) return Object.values(raw);
  }
  return message.list("requests");
}
