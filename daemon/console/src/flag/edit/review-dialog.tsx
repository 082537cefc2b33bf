import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { hasStatus, wordsOf } from "../../api/api-error.js";
import { flagQuery } from "../../api/queries.js";
import { saveFlag } from "../../api/save-flag.js";
import type { Flag, Place } from "../../api/types.js";
import { Button } from "../../ui/button.js";
import { Dialog } from "../../ui/dialog.js";
import { Diff } from "../../ui/diff.js";
import { useToast } from "../../ui/toasts.js";
import styles from "./flag-editor.module.css";

interface Base {
  readonly flag: Flag;
  readonly revision: string;
}

interface ReviewDialogProps {
  readonly place: Place;
  /** What the edit began with. */
  readonly base: Base;
  readonly flag: Flag;
  /** The edit goes on upon what somebody else has made of it. */
  readonly onRebase: (base: Base) => void;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

/** Shows what will change before it is saved; if somebody else was faster, what they did too. Nothing typed is lost. */
export function ReviewDialog({ place, base, flag, onRebase, onClose, onSaved }: ReviewDialogProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const [theirs, setTheirs] = useState<Base>();
  const save = async (upon: Base): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await saveFlag(queries, place, flag, upon.revision);
      toast({ text: `${flag.key.slice(0, 60)} is saved.` });
      onSaved();
    } catch (error) {
      if (hasStatus(error, 409)) {
        const newest = await queries.fetchQuery({ ...flagQuery(place, flag.key), staleTime: 0 }).catch(() => undefined);
        setTheirs(newest);
      }
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
            <h3>What they changed</h3>
            <Diff before={base.flag} after={theirs.flag} label="What they changed" />
          </>
        )}
        <h3>{theirs ? "What saving yours would change of it" : "One commit will change this"}</h3>
        <Diff before={(theirs ?? base).flag} after={flag} label="What you change" />
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
        <Button look="primary" disabled={busy} onClick={() => void save(theirs ?? base)}>
          {busy ? "Saving…" : theirs ? "Save mine over theirs" : "Save"}
        </Button>
      </div>
    </Dialog>
  );
}
