import { useMemo } from "react";
import styles from "./diff.module.css";
import { plainItem } from "./plain-item.js";
import { type DiffLine, textDiff } from "./text-diff.js";

const AROUND = 3;
const LOOKS = { " ": "", "-": "gone", "+": "come" } as const;
const WORDS = { " ": "", "-": "removed: ", "+": "added: " } as const;

interface DiffProps {
  readonly before: unknown;
  readonly after: unknown;
  readonly label: string;
}

/** Two items as their JSON texts, line by line; what did not change is left out but for a few lines around. */
export function Diff({ before, after, label }: DiffProps) {
  const lines = useMemo(() => textDiff(jsonText(before), jsonText(after)), [before, after]);
  const shown = lines.map((_, index) => lines.slice(Math.max(index - AROUND, 0), index + AROUND + 1).some(isChange));
  if (!shown.includes(true)) return <p className="soft">Nothing.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
    // biome-ignore lint/a11y/useSemanticElements: a group of form elements is something else
    <div className={styles.diff} tabIndex={0} role="group" aria-label={label}>
      {lines.map((line, index) => {
        const isFirst = shown[index - 1] === true || index === 0;
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        return shown[index] === true ? <Line key={index} line={line} /> : isFirst && <Gap key={index} />;
      })}
    </div>
  );
}

function Gap() {
  return <div className={styles.gap}>…</div>;
}

const isChange = ({ sign }: DiffLine): boolean => sign !== " ";

export function Line({ line: { sign, text } }: { readonly line: DiffLine }) {
  return (
    <div className={`${styles.line} ${styles[LOOKS[sign]] ?? ""}`}>
      <span aria-hidden="true">{sign}</span>
      <span>
        <span className="hidden">{WORDS[sign]}</span>
        {text}
      </span>
    </div>
  );
}

const jsonText = (item: unknown): string => (item === undefined ? "" : JSON.stringify(plainItem(item), undefined, 2));
