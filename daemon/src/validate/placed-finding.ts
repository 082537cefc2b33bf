import type { Finding } from "@vexil/flags/read/inspected-file";

/** A finding and the file it is in, as messages name that. */
export interface PlacedFinding extends Finding {
  readonly file: string;
}
