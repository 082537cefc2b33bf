import type { ReactNode } from "react";
import { Button, IconButton } from "../../ui/button.js";
import { Card } from "../../ui/card.js";
import type { Faults } from "./draft-faults.js";
import styles from "./item-editor.module.css";

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

/** A list of which items can be moved, removed and added, by keyboard too. */
export function ItemEditor<T extends { readonly id: number }>(props: ItemEditorProps<T>) {
  const { title, noun, items, faults, added, onChange, children } = props;
  const move = (from: number, to: number): void => {
    const [one, other] = [items[from], items[to]];
    if (one !== undefined && other !== undefined) onChange(items.with(from, other).with(to, one));
  };
  return (
    <Card title={title} count={items.length} bare>
      <ol className={styles.items}>
        {items.map((item, index) => (
          <li key={item.id}>
            <span className={styles.rank}>{index + 1}</span>
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
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              />
              <IconButton
                icon="down"
                label={`Move ${noun} ${index + 1} down`}
                disabled={index === items.length - 1}
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
      </div>
    </Card>
  );
}
