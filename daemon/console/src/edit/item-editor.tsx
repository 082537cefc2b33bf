import { type ReactNode, useState } from "react";
import { Button, IconButton } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { Icon } from "../ui/icons.js";
import type { Faults } from "./faults.js";
import styles from "./item-editor.module.css";
import { useDrag } from "./use-drag.js";

interface ItemEditorProps<T extends { readonly id: number }> {
  readonly title: string;
  /** An item in a word: `rule`. */
  readonly noun: string;
  readonly items: readonly T[];
  readonly faults: Faults;
  readonly added: () => T;
  readonly onChange: (items: readonly T[]) => void;
  readonly children: (item: T, change: (patch: Partial<T>) => void) => ReactNode;
}

/** A list of which items can be moved, by keyboard and by dragging, removed and added. */
export function ItemEditor<T extends { readonly id: number }>(props: ItemEditorProps<T>) {
  const { title, noun, items, faults, added, onChange, children } = props;
  const [said, setSaid] = useState("");
  const move = (from: number, to: number): void => {
    const one = items[from];
    if (one === undefined || to < 0 || to >= items.length) return;
    onChange(items.toSpliced(from, 1).toSpliced(to, 0, one));
    setSaid(`The ${noun} is now number ${to + 1} of ${items.length}.`);
  };
  const drag = useDrag(move);
  const mark = (index: number): string | undefined => {
    if (drag.from === index) return styles.dragged;
    if (drag.from === undefined || drag.over !== index) return undefined;
    return drag.from < index ? styles.below : styles.above;
  };
  return (
    <Card title={title} count={items.length} bare>
      <ol className={styles.items}>
        {items.map((item, index) => (
          <li key={item.id} className={mark(index)} {...drag.target(index)}>
            <span className={styles.rank} title={`Drag to move this ${noun}`} {...drag.handle(index)}>
              {index + 1}
              <Icon name="grip" size={14} />
            </span>
            <div className={styles.content}>
              {children(item, (patch) => onChange(items.with(index, { ...item, ...patch })))}
              {faults.has(item.id) && (
                <span className={styles.error} role="alert">
                  {faults.get(item.id)}
                </span>
              )}
            </div>
            <div className={styles.tools}>
              <IconButton
                icon="up"
                label={`Move ${noun} ${index + 1} up`}
                reason={index === 0 ? "It is the first already." : undefined}
                onClick={() => move(index, index - 1)}
              />
              <IconButton
                icon="down"
                label={`Move ${noun} ${index + 1} down`}
                reason={index === items.length - 1 ? "It is the last already." : undefined}
                onClick={() => move(index, index + 1)}
              />
              <IconButton
                icon="trash"
                label={`Remove ${noun} ${index + 1}`}
                onClick={() => onChange(items.filter((one) => one !== item))}
              />
            </div>
          </li>
        ))}
      </ol>
      <div className={styles.foot}>
        <Button icon="plus" onClick={() => onChange([...items, added()])}>
          Add a {noun}
        </Button>
        <span className="hidden" role="status">
          {said}
        </span>
      </div>
    </Card>
  );
}
