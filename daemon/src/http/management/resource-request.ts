import { type Change, VexilError } from "@vexil/core";
import { Message } from "../message.js";
import { param, type RouteRequest } from "../route.js";
import { readFlag } from "./read-flag.js";
import { readSegment } from "./read-segment.js";
import { isKnownMessage, resourceType, unwritableType } from "./resource-type.js";
import { type FlagPayload, shownFlag } from "./shown-flag.js";
import { type SegmentPayload, shownSegment } from "./shown-segment.js";

/** A resource to be put, as the request has it. */
export interface ResourceRequest {
  readonly change: Extract<Change, { readonly type: "put-flag" | "put-segment" }>;
  /** The payload's `@type` as given. */
  readonly typeUrl: string;
  /** The same without its host part. */
  readonly typeName: string;
  /** What the answer repeats. */
  readonly payload: FlagPayload | SegmentPayload;
}

/** Reads the body of a resource write: `{"key", "payload": {"@type", …}}`. */
export function resourceRequest(request: RouteRequest, mode: "create" | "update"): ResourceRequest {
  const { message } = request;
  const namespace = param(request, "namespace");
  const key = message.string("key");
  const typeUrl = payloadType(message);
  const typeName = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const type = resourceType(typeName);
  if (type === undefined) {
    throw isKnownMessage(typeName)
      ? unwritableType(typeName)
      : new VexilError("VEXIL_VALIDATION_REQUEST", `could not resolve Any message type: ${typeName}`);
  }
  if (key === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "key must not be empty");
  const payload = new Message(message.raw("payload"), (field, expected) => {
    const place = field === "" ? "" : `field ${field}: `;
    return new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `can't unmarshal Any nested proto ${typeName}: ${place}expected ${expected}`,
    );
  });
  const common = { mode, namespace, key, typeUrl, typeName };
  return type === "flag" ? putFlag(payload, common) : putSegment(payload, common);
}

/** `@type` of the payload; without any payload there is a type all the same, which nobody knows. */
function payloadType(message: Message): string {
  const payload = message.message("payload");
  if (payload === undefined) throw unwritableType(".");
  const type = payload.raw("@type");
  if (typeof type === "string" && type !== "") return type;
  if (type === undefined || type === "") {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", "Any JSON doesn't have '@type'");
  }
  throw new VexilError("VEXIL_VALIDATION_REQUEST", "invalid values for key(s) in json body");
}

interface Common {
  readonly mode: "create" | "update";
  readonly namespace: string;
  readonly key: string;
  readonly typeUrl: string;
  readonly typeName: string;
}

function putFlag(message: Message, { mode, namespace, key, typeUrl, typeName }: Common): ResourceRequest {
  const { flag, defaultVariant, fault: first } = readFlag(message);
  const unknown =
    defaultVariant !== undefined && defaultVariant !== "" && !flag.variants.some((variant) => variant.default);
  const fault =
    first ?? (unknown ? `flag ${namespace}/${key} references unknown default variant "${defaultVariant}"` : undefined);
  const payload = shownFlag(flag, typeUrl);
  return {
    change: {
      type: "put-flag",
      mode,
      namespace,
      key,
      flag: { ...flag, key },
      ...(fault === undefined ? {} : { fault }),
    },
    typeUrl,
    typeName,
    payload: defaultVariant === undefined ? payload : { ...payload, defaultVariant },
  };
}

function putSegment(message: Message, { mode, namespace, key, typeUrl, typeName }: Common): ResourceRequest {
  const { segment, fault } = readSegment(message);
  return {
    change: {
      type: "put-segment",
      mode,
      namespace,
      key,
      segment: { ...segment, key },
      ...(fault === undefined ? {} : { fault }),
    },
    typeUrl,
    typeName,
    payload: shownSegment(segment, typeUrl),
  };
}
