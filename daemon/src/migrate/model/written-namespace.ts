import type { Flag, Segment } from "@vexil/flags/read/document";

/** A namespace with all that is in it, ready to be written. */
export interface WrittenNamespace {
  readonly key: string;
  readonly name?: string;
  readonly description?: string;
  readonly flags: readonly Flag[];
  readonly segments: readonly Segment[];
}
