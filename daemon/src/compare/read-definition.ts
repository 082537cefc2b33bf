import { compileAlone } from "@vexil/flags/compile/compile-alone";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { readFlag } from "../http/management/read-flag.js";
import { readSegment } from "../http/management/read-segment.js";
import { Message } from "../http/message.js";
import type { ShownDefinition } from "../http/past/shown-comparison.js";

/** A flag that a daemon has told, ready for evaluation as it is there; undefined: there is none on that side. */
export function readDefinition(namespace: string, definition: ShownDefinition | null): CompiledFlag | undefined {
  if (definition === null) return undefined;
  // A rollout of no type does nothing, and a segment has constraints of known types: it is served.
  const ignored = (): void => undefined;
  const { flag } = readFlag(new Message(definition.flag), ignored);
  const segments = definition.segments.map((segment) => readSegment(new Message(segment), ignored));
  return compileAlone(namespace, flag, segments);
}
