import type { PrintStyle } from "./print-tree.js";

/** What a patch works on. */
export interface PatchContext {
  readonly text: string;
  readonly style: PrintStyle;
}
