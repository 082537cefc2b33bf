import type { Event } from "js-yaml";
import { checkEvents } from "./alias-guard.js";
import type { FeatureLimits } from "./document.js";
import { flattenFlow } from "./flatten-flow.js";
import { itemSpans } from "./item-spans.js";
import { constructFromEvents, parseEvents, YAMLException } from "./js-yaml.js";
import { documentEvents, locateEvent, locateItemEvents } from "./locate-event.js";
import { type PlainDocument, readPlainBlock } from "./read-plain-block.js";
import { readYamlAgain } from "./read-yaml-again.js";
import { type SourceDocument, type SourceResult, type SyntaxFault, tooDeep } from "./source-document.js";
import { findTextFault } from "./text-faults.js";
import { FEATURES_SCHEMA } from "./yaml-schema.js";

/** Marks limits, which no second opinion can lift. */
const TOO_DEEP = /maxDepth/;

/** Which readers a text is given to: `first` is js-yaml alone, whose time is linear, and which does not recurse deep. */
export type YamlReaders = "first" | "all";

/** Longer texts are read once: the time of the other readers grows faster than a text does. */
const READ_AGAIN_CHARACTERS = 262_144;

/**
 * YAML text → documents: by js-yaml, once more with its flow collections on one line, and by `yaml` where js-yaml
 * still refuses what the format allows.
 */
export function readYaml(text: string, limits: FeatureLimits, readers: YamlReaders = "all"): SourceResult {
  const plain = readPlainBlock(text, limits);
  if (plain !== undefined) return { documents: [plainDocument(text, limits, plain)] };
  const first = readByEvents(text, limits);
  const refused = findTextFault(text);
  if (refused !== undefined) return { ...first, fault: refused };
  if (!("fault" in first) || first.final) return first;
  if (text.length > READ_AGAIN_CHARACTERS) return { fault: first.fault };
  if (readers === "first") return { fault: { ...first.fault, unsure: true } };
  const flat = flattenFlow(text);
  if (flat !== text) {
    const second = readByEvents(flat, limits);
    // Its offsets are those of another text.
    if (!("fault" in second)) return { documents: second.documents.map(({ spans: _, ...document }) => document) };
  }
  return readYamlAgain(text, limits, first.fault);
}

/** Places are asked for where something is wrong, or somebody wants to see it: the whole reader finds them then. */
function plainDocument(text: string, limits: FeatureLimits, { value, spans }: PlainDocument): SourceDocument {
  let events: readonly Event[] | undefined;
  const all = (): readonly Event[] => {
    events ??= parseEvents(text, { maxDepth: limits.depth });
    return events;
  };
  return {
    value,
    locate: (path) => locateEvent(text, all(), 0, path),
    locateItems: (field) => locateItemEvents(text, all(), 0, field),
    spans: () => spans,
  };
}

type Parsed =
  | { readonly documents: readonly SourceDocument[] }
  /** `final`: a limit, which no other reader can lift. */
  | { readonly fault: SyntaxFault; readonly final: boolean };

/** Reads a text by js-yaml alone. */
export function readByEvents(text: string, limits: FeatureLimits): Parsed {
  try {
    const events = parseEvents(text, { maxDepth: limits.depth });
    const refused = checkEvents(text, events, limits);
    if (refused !== undefined) return { fault: refused, final: true };
    const values = constructFromEvents(events, { source: text, schema: FEATURES_SCHEMA, maxTotalMergeKeys: -1 });
    const starts = documentEvents(events);
    return {
      documents: values.map((value, index) => ({
        value,
        locate: (path) => locateEvent(text, events, starts[index] ?? 0, path),
        locateItems: (field) => locateItemEvents(text, events, starts[index] ?? 0, field),
        spans: () => itemSpans(text, events),
      })),
    };
  } catch (error) {
    const fault = toFault(error);
    if (!TOO_DEEP.test(fault.reason)) return { fault, final: false };
    return { fault: tooDeep(limits, fault.offset), final: true };
  }
}

function toFault(error: unknown): SyntaxFault {
  if (error instanceof YAMLException) return { reason: error.reason, offset: error.mark?.position ?? 0 };
  return { reason: error instanceof Error ? error.message : String(error), offset: 0 };
}
