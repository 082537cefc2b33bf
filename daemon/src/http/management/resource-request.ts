import type { ItemChange, PutMode } from "@vexil/flags/edit/change";
import { VexilError } from "@vexil/plugin-api/errors";
import { Message } from "../message.js";
import { readFlag } from "./read-flag.js";
import { readSegment } from "./read-segment.js";
import { isKnownMessage, resourceType } from "./resource-type.js";
import { type FlagPayload, shownFlag } from "./shown-flag.js";
import { type SegmentPayload, shownSegment } from "./shown-segment.js";

/** A resource to be put, as the request has it. */
export interface ResourceRequest {
  readonly change: Extract<ItemChange, { readonly type: "put-flag" | "put-segment" }>;
  /** The payload's `@type` as given. */
  readonly typeUrl: string;
  /** The same without its host part. */
  readonly typeName: string;
  /** Payload that the answer repeats. */
  readonly payload: FlagPayload | SegmentPayload;
}

/**
 * Reads what puts a resource: `{"key", "payload": {"@type", …}}`.
 * @param unwritable what to say of a message type that is no resource
 */
export function resourceRequest(
  { message, namespace, mode }: { readonly message: Message; readonly namespace: string; readonly mode: PutMode },
  unwritable: (typeName: string) => VexilError,
): ResourceRequest {
  const key = message.string("key");
  const typeUrl = payloadType(message) ?? ".";
  const typeName = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const type = resourceType(typeName);
  if (type === undefined && typeUrl !== "." && !isKnownMessage(typeName)) {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `could not resolve Any message type: ${typeName}`);
  }
  const payload = new Message(message.raw("payload"), (field, expected) => {
    const place = field === "" ? "" : `field ${field}: `;
    return new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `can't unmarshal Any nested proto ${typeName}: ${place}expected ${expected}`,
    );
  });
  // What cannot be read at all comes first, then the key, then whether there is such a resource.
  const common = { mode, namespace, key, typeUrl, typeName };
  const read =
    type === undefined ? undefined : type === "flag" ? putFlag(payload, common) : putSegment(payload, common);
  if (key === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "key must not be empty");
  if (read === undefined) throw unwritable(typeName);
  return read;
}

/** `@type` of the payload; undefined without any payload. */
function payloadType(message: Message): string | undefined {
  const payload = message.message("payload");
  if (payload === undefined) return undefined;
  const type = payload.raw("@type");
  if (typeof type === "string" && type !== "") return type;
  if (type === undefined || type === "") {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", "Any JSON doesn't have '@type'");
  }
  throw new VexilError("VEXIL_VALIDATION_REQUEST", "invalid values for key(s) in json body");
}

interface Common {
  readonly mode: PutMode;
  readonly namespace: string;
  readonly key: string;
  readonly typeUrl: string;
  readonly typeName: string;
}

function putFlag(message: Message, { mode, namespace, key, typeUrl, typeName }: Common): ResourceRequest {
  const reasons: string[] = [];
  const { flag, defaultVariant } = readFlag(message, (reason) => reasons.push(reason));
  if (defaultVariant !== undefined && defaultVariant !== "" && !flag.variants.some((variant) => variant.default)) {
    reasons.push(`flag ${namespace}/${key} references unknown default variant "${defaultVariant}"`);
  }
  const payload = shownFlag(flag, typeUrl);
  return {
    change: { type: "put-flag", mode, namespace, key, flag: { ...flag, key }, ...problem(reasons) },
    typeUrl,
    typeName,
    payload: defaultVariant === undefined ? payload : { ...payload, defaultVariant },
  };
}

function putSegment(message: Message, { mode, namespace, key, typeUrl, typeName }: Common): ResourceRequest {
  const reasons: string[] = [];
  const segment = readSegment(message, (reason) => reasons.push(reason));
  return {
    change: { type: "put-segment", mode, namespace, key, segment: { ...segment, key }, ...problem(reasons) },
    typeUrl,
    typeName,
    payload: shownSegment(segment, typeUrl),
  };
}

const problem = ([reason]: readonly string[]): { readonly invalid?: string } =>
  reason === undefined ? {} : { invalid: reason };
