import { useState } from "react";
import { Button } from "../ui/button.js";
import { Icon } from "../ui/icons.js";
import type { Base } from "./base.js";
import styles from "./meanwhile.module.css";
import type { MergeForm } from "./merge.js";
import { MergeDialog } from "./merge-dialog.js";
import { isSame } from "./same.js";

interface MeanwhileProps<T> {
  /** A word for it: `flag`. */
  readonly noun: string;
  /** Where the edit began. */
  readonly base: Base<T>;
  /** The item as it is served now. */
  readonly current: Base<T>;
  /** The edit as it would be saved; undefined while that has faults. */
  readonly mine: T | undefined;
  readonly form: MergeForm<T>;
  /** The edit goes on with what was joined, upon what is served. */
  readonly onRebase: (base: Base<T>, merged: T | undefined) => void;
}

/** Tells whoever edits something that somebody else has changed it, as soon as that is known. */
export function Meanwhile<T>({ noun, base, current, mine, form, onRebase }: MeanwhileProps<T>) {
  const [isOpen, setOpen] = useState(false);
  if (isSame(base.value, current.value)) return null;
  const isGone = current.value === undefined;
  return (
    <div className={styles.meanwhile} role="status">
      <Icon name="alert" />
      <p>
        {isGone
          ? `Somebody has deleted this ${noun} meanwhile. What you have stays here, and can be saved as a new one.`
          : `Somebody has changed this ${noun} meanwhile. What you have stays as it is.`}
      </p>
      {isGone ? (
        <Button onClick={() => onRebase(current, undefined)}>Go on with mine</Button>
      ) : (
        <Button onClick={() => setOpen(true)}>See both sides</Button>
      )}
      {isOpen && !isGone && (
        <MergeDialog
          base={base.value}
          theirs={current.value}
          mine={mine}
          form={form}
          onMerged={(merged) => {
            setOpen(false);
            onRebase(current, merged);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
