import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, useId, useState } from "react";
import { Dialog } from "../ui/dialog.js";
import { Icon } from "../ui/icons.js";
import styles from "./palette.module.css";
import { type PaletteEntry, usePaletteEntries } from "./palette-entries.js";

interface PaletteProps {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onClose: () => void;
}

/** Finds flags and pages by their words, by keyboard alone. */
export function Palette({ text, onText, onClose }: PaletteProps) {
  const [at, setAt] = useState(0);
  const entries = usePaletteEntries(text);
  const navigate = useNavigate();
  const id = useId();
  const current = Math.min(at, entries.length - 1);
  const choose = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    onClose();
    entry.run?.();
    if (entry.to) void navigate({ to: entry.to.path, params: entry.to.params, search: entry.to.search ?? {} });
  };
  const move = (to: number): void => {
    const next = (to + entries.length) % Math.max(entries.length, 1);
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") move(current + 1);
    else if (event.key === "ArrowUp") move(current - 1);
    else if (event.key === "Enter") choose(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Find or go to" bare onClose={onClose}>
      <input
        className={styles.input}
        role="combobox"
        aria-label="Find a flag or a page"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={entries.length === 0 ? undefined : `${id}-${current}`}
        placeholder="Find a flag or a page…"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          onText(target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={id} role="listbox" aria-label="Found" className={styles.list}>
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the input, which has the focus
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={styles.entry}
            onClick={() => choose(entry)}
          >
            <Icon name={entry.icon} />
            <span className={styles.words}>
              <bdi>{entry.words.slice(0, 200)}</bdi>
            </span>
            <span className="soft small">{entry.kind}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className={styles.none}>Nothing has these words.</p>}
    </Dialog>
  );
}
