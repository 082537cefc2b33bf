import type { CompiledFlag } from "../evaluate/compiled-flag.js";
import type { Flag, Segment } from "../read/document.js";
import { compileFlag } from "./compile-flag.js";
import { SegmentScope } from "./segment-scope.js";

/** Prepares a flag that is known to be good, with the segments that count for it and nothing else of its namespace. */
export function compileAlone(namespace: string, flag: Flag, segments: readonly Segment[]): CompiledFlag {
  const document = { version: "1.0", namespace: { key: namespace, form: "string" as const }, flags: [flag], segments };
  return compileFlag(namespace, flag, SegmentScope.of(document, new Map()), []);
}
