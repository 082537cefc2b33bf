/** Lines by which a group of changed lines is moved at most. */
const MOST_MOVED = 100;
const TAB = 8;

/**
 * Moves groups of changed lines among equal lines to where people would see them: what is changed is then a whole item
 * rather than the end of one and the start of the next. A group that can be beside a change of the other text is put
 * there; else it begins where the text is indented least, and as late as it can.
 * @param ids equal for equal lines
 * @param changed is written to
 */
export function placeChanges(
  ids: readonly number[],
  lines: readonly string[],
  changed: Uint8Array,
  other: Uint8Array,
): void {
  let beside = 0;
  for (let start = 0; start < ids.length; start += 1) {
    if (changed[start] !== 1) {
      // The same line in the other text; those before it that are changed there have no partner here.
      while (other[beside] === 1) beside += 1;
      beside += 1;
      continue;
    }
    let end = start;
    while (end < ids.length && changed[end] === 1) end += 1;
    if (other[beside] === 1) {
      start = end - 1;
      continue;
    }
    const shift = bestShift(ids, lines, changed, start, end);
    if (shift !== 0) {
      changed.fill(0, start, end);
      changed.fill(1, start + shift, end + shift);
    }
    // A group that has moved down leaves lines behind that have their partners.
    for (let at = 0; at < shift; at += 1) {
      while (other[beside] === 1) beside += 1;
      beside += 1;
    }
    start = end + Math.max(shift, 0) - 1;
  }
}

function bestShift(
  ids: readonly number[],
  lines: readonly string[],
  changed: Uint8Array,
  start: number,
  end: number,
): number {
  let [up, down] = [0, 0];
  const isFree = (at: number): boolean => at >= 0 && at < ids.length && changed[at] !== 1;
  while (up < MOST_MOVED && isFree(start - up - 1) && ids[start - up - 1] === ids[end - up - 1]) up += 1;
  while (down < MOST_MOVED && isFree(end + down) && ids[start + down] === ids[end + down]) down += 1;
  let best = down;
  for (let shift = down; shift >= -up; shift -= 1) {
    if (indentOf(lines[start + shift] as string) < indentOf(lines[start + best] as string)) best = shift;
  }
  return best;
}

/** Of an empty line more than of any other: a group should not begin with one. */
function indentOf(line: string): number {
  let indent = 0;
  for (const character of line) {
    if (character === " ") indent += 1;
    else if (character === "\t") indent += TAB;
    else if (character !== "\n" && character !== "\r") return indent;
  }
  return Number.MAX_SAFE_INTEGER;
}
