import type { SourceNode } from "../read/source-tree.js";
import { pairRange, type Range } from "./patch-style.js";
import type { FlowGaps } from "./print-tree.js";

/** Pairs or items that are looked at: where these show nothing, the others hardly do. */
export const LOOKED_AT = 16;

/**
 * White space that a collection in brackets has after its colons and commas: what is put in beside them gets the same.
 * Colons of YAML keep the space that they need before whatever is not in quotes.
 * @param otherwise for what the collection does not show
 */
export function gapsIn(node: SourceNode, text: string, json: boolean, otherwise: FlowGaps): FlowGaps {
  const pairs = node.pairs.slice(0, LOOKED_AT);
  const siblings: readonly Range[] = pairs.length > 0 ? pairs.map(pairRange) : node.items.slice(0, LOOKED_AT);
  const colons = json ? pairs.map(({ key, value }) => text.slice(key.end, value.start)) : [];
  const commas = siblings.slice(1).map(({ start }, index) => text.slice(siblings[index]!.end, start));
  const colon = gapAfter(":", colons);
  return { colon: colon ?? otherwise.colon, comma: gapAfter(",", commas) ?? colon ?? otherwise.comma };
}

function gapAfter(sign: string, places: readonly string[]): string | undefined {
  for (const place of places) {
    const [before = "", gap] = place.split(sign);
    // A line break is no gap: what follows it is indented.
    if (before.trim() === "" && gap !== undefined && /^[ \t]*$/.test(gap)) return gap;
  }
  return undefined;
}
