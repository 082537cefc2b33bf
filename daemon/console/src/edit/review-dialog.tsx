import { useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import type { Preview } from "../api/types.js";
import { Button } from "../ui/button.js";
import { Dialog, DialogFoot } from "../ui/dialog.js";
import { Diff } from "../ui/diff.js";
import type { Base } from "./base.js";
import { CommitFields } from "./commit-fields.js";
import styles from "./edit.module.css";
import { messageName } from "./kept-draft.js";
import { isSame } from "./same.js";
import { saveUpon } from "./save-upon.js";
import { useKept } from "./use-kept.js";
import { useMerge } from "./use-merge.js";
import type { Writes } from "./writes.js";
import { Writing } from "./writing.js";

interface ReviewDialogProps<T> {
  /** Where the edit began. */
  readonly base: Base<T>;
  readonly next: T;
  readonly writes: Writes<T>;
  /** Name of the draft that the message goes with. */
  readonly draft: string;
  /** @param upon what it was saved in place of */
  readonly onSaved: (value: T, upon: Base<T>) => void;
  /** The edit goes on with what was merged, upon what somebody else has made of it. */
  readonly onRebase: (base: Base<T>, merged: T) => void;
  readonly onClose: () => void;
}

/** Shows what will change before it is saved; if somebody else was faster, what they did too. Nothing typed is lost. */
export function ReviewDialog<T>(props: ReviewDialogProps<T>) {
  const { base, next, writes, draft, onSaved, onRebase, onClose } = props;
  const { value: message, change: setMessage } = useKept<string>(messageName(draft), "");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const [theirs, setTheirs] = useState<Base<T>>();
  const { result, view } = useMerge(writes.form, base.value, next, theirs?.value);
  const upon = theirs ?? base;
  const newest = (): Promise<Base<T>> => writes.newest(next);
  const tried = (): Promise<Preview> => saveUpon(upon, (at) => writes.preview(result, at), newest);
  const save = async (at: Base<T>): Promise<void> => {
    await writes.save(result, at, message);
    onSaved(result, at);
  };
  const trySave = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await saveUpon(upon, save, newest);
    } catch (error) {
      const now = hasStatus(error, 404, 409) ? await newest().catch(() => undefined) : undefined;
      if (now && !isSame(now.value, upon.value)) setTheirs(now);
      setFault(wordsOf(error));
      setBusy(false);
    }
  };
  const goOn = (): void => {
    if (theirs) onRebase(theirs, result);
    onClose();
  };
  return (
    <Dialog title={theirs ? "Somebody else was faster" : "Review the change"} onClose={goOn}>
      <div className="stack">
        {fault !== undefined && (
          <p role="alert" className={styles.fault}>
            {fault.slice(0, 1_000)}
          </p>
        )}
        {theirs && !theirs.value && <p>They deleted it. What you have can be created again as a new one.</p>}
        {view}
        <h3>{view === null ? "One commit will change this" : "What saving will change of theirs"}</h3>
        <Diff before={upon.value} after={result} label="What you change" />
        <Writing value={busy}>
          <CommitFields of={[result, upon]} preview={tried} message={message} onMessage={setMessage} />
        </Writing>
      </div>
      <DialogFoot>
        <Button onClick={goOn}>Keep editing</Button>
        <Button look="primary" disabled={busy} onClick={() => void trySave()}>
          {busy ? "Saving…" : actionOf(base, theirs)}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

function actionOf<T>(base: Base<T>, theirs: Base<T> | undefined): string {
  if (theirs === undefined) return base.value === undefined ? "Create" : "Save";
  return theirs.value === undefined ? "Create it again" : "Save the merge";
}
