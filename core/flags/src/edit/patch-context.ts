import type { PrintStyle } from "./print-tree.js";

/** Text and style that a patch works on. */
export interface PatchContext {
  readonly text: string;
  readonly style: PrintStyle;
}
