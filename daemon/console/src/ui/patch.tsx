import { useMemo } from "react";
import { Line } from "./diff.js";
import styles from "./diff.module.css";
import type { DiffLine } from "./text-diff.js";

/** More of them nobody reads, and no page shows quickly. */
const MOST = 1_000;

interface PatchProps {
  /** As `git diff` writes it. */
  readonly diff: string;
  readonly label: string;
}

/** The diff of one file: its lines as they will be committed. */
export function Patch({ diff, label }: PatchProps) {
  const lines = useMemo(() => linesOf(diff), [diff]);
  if (lines.length === 0) return <p className="soft">An empty file.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a group of form elements is something else
    <div className={styles.diff} tabIndex={0} role="group" aria-label={label}>
      {lines.slice(0, MOST).map((line, index) =>
        typeof line === "string" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <div key={index} className={styles.gap}>
            {line}
          </div>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <Line key={index} line={line} />
        ),
      )}
      {lines.length > MOST && <div className={styles.gap}>and {lines.length - MOST} more lines</div>}
    </div>
  );
}

/** Lines below the head of a diff; what is said about them as text. */
function linesOf(diff: string): readonly (DiffLine | string)[] {
  const all = diff.replace(/\n$/, "").split("\n");
  const start = all.findIndex((line) => line.startsWith("@@"));
  if (start < 0) return [];
  return all.slice(start).map((line) => {
    const [sign = ""] = line;
    if (sign === "+" || sign === "-" || sign === " ") return { sign, text: line.slice(1) };
    return sign === "@" ? (/^@@ .*? @@/.exec(line)?.[0] ?? line) : line.replace(/^\\ /, "");
  });
}
