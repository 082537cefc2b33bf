import { type ReactNode, useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { Button } from "../ui/button.js";
import { Dialog } from "../ui/dialog.js";
import { Diff } from "../ui/diff.js";
import styles from "./edit.module.css";

/** An item at a revision; without a value there was none. */
export interface Base<T> {
  readonly value: T | undefined;
  readonly revision: string;
}

interface ReviewDialogProps<T> {
  /** Where the edit began. */
  readonly base: Base<T>;
  readonly next: T;
  /** More to be said or asked before it is saved. */
  readonly children?: ReactNode;
  /** Saves in place of what was there @throws ApiError 409 if that is another one by now */
  readonly save: (upon: Base<T>) => Promise<void>;
  readonly newest: () => Promise<Base<T>>;
  /** The edit goes on upon what somebody else has made of it. */
  readonly onRebase: (base: Base<T>) => void;
  readonly onClose: () => void;
}

/** Shows what will change before it is saved; if somebody else was faster, what they did too. Nothing typed is lost. */
export function ReviewDialog<T>({ base, next, children, save, newest, onRebase, onClose }: ReviewDialogProps<T>) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const [theirs, setTheirs] = useState<Base<T>>();
  const trySave = async (upon: Base<T>): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await save(upon);
    } catch (error) {
      if (hasStatus(error, 404, 409)) setTheirs(await newest().catch(() => undefined));
      setFault(wordsOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={theirs ? "Somebody else was faster" : "Review the change"} onClose={onClose}>
      <div className="stack">
        {fault !== undefined && <p role="alert">{fault.slice(0, 1_000)}</p>}
        {theirs && (
          <>
            <h3>{theirs.value === undefined ? "They deleted it" : "What they changed"}</h3>
            <Diff before={base.value} after={theirs.value} label="What they changed" />
          </>
        )}
        <h3>{theirs ? "What saving yours would change of it" : "One commit will change this"}</h3>
        <Diff before={(theirs ?? base).value} after={next} label="What you change" />
        {children}
      </div>
      <div className={styles.foot}>
        <Button
          onClick={() => {
            if (theirs) onRebase(theirs);
            onClose();
          }}
        >
          Keep editing
        </Button>
        <Button look="primary" disabled={busy} onClick={() => void trySave(theirs ?? base)}>
          {busy ? "Saving…" : theirs ? "Save mine over theirs" : "Save"}
        </Button>
      </div>
    </Dialog>
  );
}
