/** A line of a diff: in both texts, only before, or only after. */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Beyond this many lines texts are shown one after the other: the table would grow with their product. */
const MOST_LINES = 1_500;

/** Lines of two texts, with as many as can be in both (longest common subsequence). */
export function textDiff(before: string, after: string): readonly DiffLine[] {
  const [left, right] = [before, after].map(linesOf) as [readonly string[], readonly string[]];
  const all = (sign: "-" | "+", lines: readonly string[]): readonly DiffLine[] => lines.map((text) => ({ sign, text }));
  if (left.length > MOST_LINES || right.length > MOST_LINES) return [...all("-", left), ...all("+", right)];
  const width = right.length + 1;
  const common = new Uint16Array((left.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row -= 1) {
    for (let column = right.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < left.length || column < right.length) {
    const [one, other] = [left[row], right[column]];
    if (one !== undefined && one === other) {
      lines.push({ sign: " ", text: one });
      row += 1;
      column += 1;
    } else if (one !== undefined && (other === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ sign: "-", text: one });
      row += 1;
    } else {
      lines.push({ sign: "+", text: other ?? "" });
      column += 1;
    }
  }
  return lines;
}

/** Of no text: none. */
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}
