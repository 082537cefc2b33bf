import { VexilError } from "@vexil/plugin-api/errors";

/** More than any message needs; what walks values may do so by recursion. */
const DEPTH = 500;
/** Up to this length nothing but the depth can be too much. */
const SMALL = 64 * 1024;
/** Items of a batch, unless more are allowed. */
const ITEMS = 10_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_MAP, CLOSE_MAP, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Refuses a JSON text whose parsing would take long, or whose walking would take too much of the stack: a body of 4 MiB
 * may hold 1.4 million empty maps, or one with 400,000 members.
 * @param items how many things a message may list; it has some maps and lists for each
 * @throws VexilError VEXIL_VALIDATION_REQUEST, VEXIL_VALIDATION_ITEMS
 */
export function refuseShape(text: string, items: number = ITEMS): void {
  if (text.length <= SMALL && hasAtMost(text, DEPTH)) return;
  const most = 10 * Math.max(items, ITEMS);
  const members = 2 * Math.max(items, ITEMS);
  const counts = new Int32Array(DEPTH + 1).fill(-most);
  let depth = 0;
  let brackets = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = stringEnd(text, index);
    else if (code === COMMA) {
      const count = (counts[depth] as number) + 1;
      counts[depth] = count;
      if (count >= 0) throw tooMany(`a map with more than ${members} members, or a list of more than ${most}`);
    } else if (code === OPEN_MAP || code === OPEN_LIST) {
      depth++;
      brackets++;
      if (depth > DEPTH) {
        throw new VexilError("VEXIL_VALIDATION_REQUEST", `the request body is nested deeper than ${DEPTH} levels`);
      }
      if (brackets > most) throw tooMany(`more than ${most} maps and lists`);
      // They count up to nought, so that one look tells when it is too much.
      counts[depth] = code === OPEN_MAP ? -members : -most;
    } else if (code === CLOSE_MAP || code === CLOSE_LIST) depth = Math.max(0, depth - 1);
  }
}

/** The index of the quote that ends the string, or the text's end. */
function stringEnd(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) return index;
  }
  return text.length;
}

/**
 * Tells whether there are so few brackets at all that their nesting need not be looked at: true of nearly every body.
 */
function hasAtMost(text: string, brackets: number): boolean {
  let left = brackets;
  for (const bracket of ["{", "["]) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) if (--left < 0) return false;
  }
  return true;
}

function tooMany(what: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_ITEMS", `the request body has ${what}; send less at once`);
}
