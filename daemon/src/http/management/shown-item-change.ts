import type { HistoryChange } from "@vexil/engine/model/engine";
import type { Flag, Segment } from "@vexil/flags/read/document";
import { z } from "zod";
import { TYPE_NAMES } from "./resource-type.js";
import { shownFlag } from "./shown-flag.js";
import { shownSegment } from "./shown-segment.js";

const payload = z.record(z.string(), z.unknown());

/** A change of one item. */
export const itemChangeSchema = z.object({
  namespaceKey: z.string(),
  typeUrl: z.string(),
  key: z.string(),
  before: payload.optional(),
  after: payload.optional(),
});

/** A change of an item as answers have it. */
export function shownItemChange(change: HistoryChange): z.input<typeof itemChangeSchema> {
  return {
    namespaceKey: change.namespace,
    typeUrl: change.type === "namespace" ? "flipt.core.Namespace" : TYPE_NAMES[change.type],
    key: change.key,
    ...(change.before === undefined ? {} : { before: shownPayload(change, change.before) }),
    ...(change.after === undefined ? {} : { after: shownPayload(change, change.after) }),
  };
}

function shownPayload({ type }: HistoryChange, value: unknown): Record<string, unknown> {
  switch (type) {
    case "flag":
      return { ...shownFlag(value as Flag) };
    case "segment":
      return { ...shownSegment(value as Segment) };
    case "namespace":
      return { "@type": "flipt.core.Namespace", ...(value as Record<string, unknown>) };
  }
}
