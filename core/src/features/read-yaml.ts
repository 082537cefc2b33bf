import { constructFromEvents, type Event, parseEvents, YAMLException } from "js-yaml";
import { checkEvents } from "./alias-guard.js";
import type { FeatureLimits } from "./document.js";
import { documentEvents, locateEvent } from "./locate-event.js";
import { readYamlAgain } from "./read-yaml-again.js";
import type { SourceResult, SyntaxFault } from "./source-document.js";
import { FEATURES_SCHEMA } from "./yaml-schema.js";

/** Marks limits, which no second opinion can lift. */
const TOO_DEEP = /maxDepth/;

/** YAML text → documents: by js-yaml, and by `yaml` where js-yaml refuses what the format allows. */
export function readYaml(text: string, limits: FeatureLimits): SourceResult {
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: limits.depth });
  } catch (error) {
    const fault = toFault(error);
    if (TOO_DEEP.test(fault.reason)) {
      return { fault: { ...fault, reason: `nested deeper than ${limits.depth} levels` } };
    }
    return readYamlAgain(text, limits, fault);
  }
  const refused = checkEvents(text, events, limits);
  if (refused !== undefined) return { fault: refused };
  try {
    const values = constructFromEvents(events, { source: text, schema: FEATURES_SCHEMA, maxTotalMergeKeys: -1 });
    const starts = documentEvents(events);
    return {
      documents: values.map((value, index) => ({
        value,
        locate: (path) => locateEvent(text, events, starts[index] ?? 0, path),
      })),
    };
  } catch (error) {
    return readYamlAgain(text, limits, toFault(error));
  }
}

function toFault(error: unknown): SyntaxFault {
  if (error instanceof YAMLException) return { reason: error.reason, offset: error.mark?.position ?? 0 };
  return { reason: error instanceof Error ? error.message : String(error), offset: 0 };
}
