import { type ReactNode, useMemo, useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { Button } from "../ui/button.js";
import { Dialog } from "../ui/dialog.js";
import { Diff } from "../ui/diff.js";
import styles from "./edit.module.css";
import { type MergeForm, mergeParts } from "./merge.js";
import { MergeChoices } from "./merge-choices.js";

const MOST_TRIES = 3;

/** An item at a revision; without a value there was none. */
export interface Base<T> {
  readonly value: T | undefined;
  readonly revision: string;
}

interface ReviewDialogProps<T> {
  /** Where the edit began. */
  readonly base: Base<T>;
  readonly next: T;
  readonly form: MergeForm<T>;
  /** More to be said or asked before it is saved. */
  readonly children?: ReactNode;
  /** Saves in place of what was there @throws ApiError 409 if that is another one by now */
  readonly save: (value: T, upon: Base<T>) => Promise<void>;
  readonly newest: () => Promise<Base<T>>;
  /** The edit goes on with what was merged, upon what somebody else has made of it. */
  readonly onRebase: (base: Base<T>, merged: T) => void;
  readonly onClose: () => void;
}

/** Shows what will change before it is saved; if somebody else was faster, what they did too. Nothing typed is lost. */
export function ReviewDialog<T>(props: ReviewDialogProps<T>) {
  const { base, next, form, children, save, newest, onRebase, onClose } = props;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const [theirs, setTheirs] = useState<Base<T>>();
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isMine = (id: string): boolean => choices.get(id) ?? true;
  const other = theirs?.value;
  const merge = useMemo(
    () => (other === undefined ? undefined : mergeParts(form, base.value, next, other)),
    [form, base, next, other],
  );
  const result = merge?.merged(isMine) ?? next;
  const upon = theirs ?? base;
  const trySave = async (at: Base<T>, tries: number): Promise<void> => {
    try {
      await save(result, at);
    } catch (error) {
      const now = hasStatus(error, 404, 409) ? await newest().catch(() => undefined) : undefined;
      // Something else in its file has changed, which does not matter to it.
      if (now && tries < MOST_TRIES && isSame(now.value, at.value)) return trySave(now, tries + 1);
      if (now) setTheirs(now);
      setFault(wordsOf(error));
    }
  };
  const saveOnce = (): void => {
    setBusy(true);
    setFault(undefined);
    void trySave(upon, 1).finally(() => setBusy(false));
  };
  return (
    <Dialog title={theirs ? "Somebody else was faster" : "Review the change"} onClose={onClose}>
      <div className="stack">
        {fault !== undefined && (
          <p role="alert" className={styles.fault}>
            {fault.slice(0, 1_000)}
          </p>
        )}
        {theirs && other === undefined && <p>They deleted it. What you have can be created again as a new one.</p>}
        {merge && (
          <>
            <h3>What they changed</h3>
            <Diff before={base.value} after={other} label="What they changed" />
            <h3>Merge</h3>
            <MergeChoices
              conflicts={merge.conflicts}
              isMine={isMine}
              onChoose={(id, own) => setChoices(new Map(choices).set(id, own))}
            />
          </>
        )}
        <h3>{merge ? "What saving will change of theirs" : "One commit will change this"}</h3>
        <Diff before={upon.value} after={result} label="What you change" />
        {children}
      </div>
      <div className={styles.foot}>
        <Button
          onClick={() => {
            if (theirs) onRebase(theirs, result);
            onClose();
          }}
        >
          Keep editing
        </Button>
        <Button look="primary" disabled={busy} onClick={saveOnce}>
          {busy ? "Saving…" : actionOf(base, theirs)}
        </Button>
      </div>
    </Dialog>
  );
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function actionOf<T>(base: Base<T>, theirs: Base<T> | undefined): string {
  if (theirs === undefined) return base.value === undefined ? "Create" : "Save";
  return theirs.value === undefined ? "Create it again" : "Save the merge";
}
