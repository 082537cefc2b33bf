import { shortestFloat } from "@vexil/flags/compile/shortest-float";
import type { Flag, JsonObject, JsonValue, Rollout } from "@vexil/flags/read/document";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Message } from "../message.js";

const OPERATORS = ["OR_SEGMENT_OPERATOR", "AND_SEGMENT_OPERATOR"] as const;
const FLAG_TYPES = ["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"] as const;
const ROLLOUT_TYPES = ["UNKNOWN_ROLLOUT_TYPE", "SEGMENT_ROLLOUT_TYPE", "THRESHOLD_ROLLOUT_TYPE"] as const;

/** A flag with the facts that a payload states beside it. */
export interface FlagRequest {
  readonly flag: Flag;
  /** As given: the key under which the flag is stored may be another. */
  readonly defaultVariant: string | undefined;
}

/**
 * Reads a `flipt.core.Flag`. Whether its values may be stored is for later.
 * @param report is told what no file could say, which comes up once the flag would be put
 */
export function readFlag(payload: Message, report: (reason: string) => void): FlagRequest {
  const defaultVariant = payload.optionalString("defaultVariant");
  const metadata = payload.message("metadata");
  const flag: Flag = {
    key: payload.string("key"),
    type: payload.enumeration("type", FLAG_TYPES),
    name: payload.string("name"),
    description: payload.string("description"),
    enabled: payload.boolean("enabled"),
    variants: payload.messages("variants").map((variant) => {
      const key = variant.string("key");
      const attachment = variant.rawOrNull("attachment");
      return {
        key,
        name: variant.string("name"),
        description: variant.string("description"),
        default: key !== "" && key === defaultVariant,
        ...(attachment === undefined ? {} : { attachment: attachment as JsonValue }),
      };
    }),
    rules: payload.messages("rules").map((rule) => ({
      segmentOperator: rule.enumeration("segmentOperator", OPERATORS),
      segments: rule.strings("segments"),
      distributions: rule.messages("distributions").map((distribution) => ({
        variant: distribution.string("variant"),
        rollout: shortestFloat(distribution.number("rollout")),
      })),
    })),
    rollouts: payload.messages("rollouts").flatMap((rollout, index) => readRollout(rollout, index, report) ?? []),
    ...(metadata === undefined ? {} : { metadata: payload.raw("metadata") as JsonObject }),
  };
  return { flag, defaultVariant };
}

function readRollout(rollout: Message, index: number, report: (reason: string) => void): Rollout | undefined {
  const type = rollout.enumeration("type", ROLLOUT_TYPES);
  const description = rollout.string("description");
  const segment = rollout.message("segment");
  const threshold = rollout.message("threshold");
  if (segment !== undefined && threshold !== undefined) {
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `can't unmarshal Any nested proto flipt.core.Flag: rollout ${index + 1} has a segment and a threshold; it may have one of them`,
    );
  }
  if (type === "UNKNOWN_ROLLOUT_TYPE") {
    report(`unexpected rollout type: "${type}"`);
    return undefined;
  }
  const [part, name] = type === "SEGMENT_ROLLOUT_TYPE" ? [segment, "segment"] : [threshold, "threshold"];
  if (part === undefined) {
    report(`rollout ${index + 1} of type ${type} needs a ${name}`);
    return undefined;
  }
  const value = part.boolean("value");
  if (type === "THRESHOLD_ROLLOUT_TYPE") {
    return { description, threshold: { percentage: shortestFloat(part.number("percentage")), value } };
  }
  const segments = part.strings("segments");
  return { description, segment: { value, segments, segmentOperator: part.enumeration("segmentOperator", OPERATORS) } };
}
