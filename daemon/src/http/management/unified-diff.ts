import { formatPatch, type StructuredPatch, structuredPatch } from "diff";

/** Lines around a change. */
const CONTEXT = 3;
/** Time and edits for the shortest way from one text to the other; beyond them it is any way. */
const LIMITS = { timeout: 200, maxEditLength: 2_000 };

type Hunk = StructuredPatch["hunks"][number];

/**
 * The change of a file as `git diff` writes it and `git apply` reads it.
 * @param before undefined: the file is new
 * @param after undefined: it goes
 */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const [left, right] = [before ?? "", after ?? ""];
  const found = structuredPatch("", "", left, right, undefined, undefined, { context: CONTEXT, ...LIMITS });
  return formatPatch({
    isGit: true,
    isCreate: before === undefined,
    isDelete: after === undefined,
    oldFileName: before === undefined ? "/dev/null" : `a/${path}`,
    newFileName: after === undefined ? "/dev/null" : `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks: found?.hunks ?? [replaced(lines(left), lines(right))],
  });
}

/** Everything between what both begin and end with, as one change. */
function replaced(left: readonly string[], right: readonly string[]): Hunk {
  const most = Math.min(left.length, right.length);
  let start = 0;
  while (start < most && left[start] === right[start]) start += 1;
  let same = 0;
  while (same < most - start && left.at(-1 - same) === right.at(-1 - same)) same += 1;
  const from = Math.max(0, start - CONTEXT);
  const behind = left.slice(left.length - same).slice(0, CONTEXT);
  const gone = left.slice(start, left.length - same);
  const come = right.slice(start, right.length - same);
  return {
    oldStart: from + 1,
    newStart: from + 1,
    oldLines: start - from + gone.length + behind.length,
    newLines: start - from + come.length + behind.length,
    lines: [
      ...left.slice(from, start).flatMap((line) => signed(" ", line)),
      ...gone.flatMap((line) => signed("-", line)),
      ...come.flatMap((line) => signed("+", line)),
      ...behind.flatMap((line) => signed(" ", line)),
    ],
  };
}

/** Lines with their ends. */
function lines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function signed(sign: string, line: string): readonly string[] {
  return line.endsWith("\n") ? [`${sign}${line.slice(0, -1)}`] : [`${sign}${line}`, "\\ No newline at end of file"];
}
