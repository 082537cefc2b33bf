import { type ReactNode, useState } from "react";
import { Button } from "../ui/button.js";
import { Dialog, DialogFoot } from "../ui/dialog.js";
import styles from "./edit.module.css";
import { Writing } from "./writing.js";

interface ConfirmDialogProps {
  readonly title: string;
  /** The deed, in a word or two. */
  readonly action: string;
  readonly look?: "danger" | "primary";
  readonly disabled?: boolean;
  /** Why it may not be done. */
  readonly reason?: string | undefined;
  readonly fault: string | undefined;
  /** @returns true if it is done: the dialog is about to be closed, and takes nothing more */
  readonly run: () => Promise<boolean>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Asks once more; if it does not work it stays and says why. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, action, look = "danger", disabled = false, reason, fault, run, onClose, children } = props;
  const [busy, setBusy] = useState(false);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void run().then(setBusy, () => setBusy(false));
        }}
      >
        <div className="stack">
          {fault !== undefined && (
            <p role="alert" className={styles.fault}>
              {fault.slice(0, 1_000)}
            </p>
          )}
          <Writing value={busy}>{children}</Writing>
        </div>
        <DialogFoot>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={look} disabled={busy || disabled} reason={reason}>
            {busy ? "One moment…" : action}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
