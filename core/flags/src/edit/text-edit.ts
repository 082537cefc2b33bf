/** Replaces `[start, end)` of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies edits that do not overlap; those at the same place in the order given. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let position = 0;
  for (const edit of inOrder(edits)) {
    if (edit.start < position) throw new RangeError("edits overlap");
    parts.push(text.slice(position, edit.start), edit.text);
    position = edit.end;
  }
  parts.push(text.slice(position));
  return parts.join("");
}

/** Where an offset is after edits: what is put in at the offset itself comes after it; one inside goes to the start. */
export function offsetMap(edits: readonly TextEdit[]): (offset: number) => number {
  const sorted = inOrder(edits);
  return (offset) => {
    let delta = 0;
    for (const edit of sorted) {
      if (edit.start >= offset) break;
      if (edit.end > offset) return edit.start + delta;
      delta += edit.text.length - (edit.end - edit.start);
    }
    return offset + delta;
  };
}

/** Where the text that edits touched ends afterwards, at least `end`. */
export function endAfter(edits: readonly TextEdit[], end: number): number {
  const last = Math.max(end, ...edits.map((edit) => edit.end));
  return edits.reduce((delta, edit) => delta + edit.text.length - (edit.end - edit.start), last);
}

function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits
    .map((edit, index) => ({ edit, index }))
    .sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.index - b.index)
    .map(({ edit }) => edit);
}

/** Start of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  let index = offset;
  while (index > 0 && !isBreak(text, index - 1)) index--;
  return index;
}

/** End of the line that holds `offset`, before its line break. */
export function lineEnd(text: string, offset: number): number {
  let index = offset;
  while (index < text.length && !isBreak(text, index)) index++;
  return index;
}

/** Start of the line after the one that holds `offset`; the text's end when there is none. */
export function nextLine(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  return end + (text.startsWith("\r\n", end) ? 2 : end < text.length ? 1 : 0);
}

export const columnOf = (text: string, offset: number): number => offset - lineStart(text, offset);

/** Tells whether only white space stands before `offset` on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

/**
 * The edit that takes out whole lines, from that of `start` to that of `end`. The break before them goes, the one after
 * them stays: what another edit puts below them begins there.
 */
export function removeLines(text: string, start: number, end: number): TextEdit {
  const from = lineStart(text, start);
  if (from === 0) return { start: 0, end: nextLine(text, end), text: "" };
  return { start: from - (text.startsWith("\r\n", from - 2) ? 2 : 1), end: lineEnd(text, end), text: "" };
}

const isBreak = (text: string, index: number): boolean => text[index] === "\n" || text[index] === "\r";
