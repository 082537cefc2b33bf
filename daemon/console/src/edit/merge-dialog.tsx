import { Button } from "../ui/button.js";
import { Dialog, DialogFoot } from "../ui/dialog.js";
import { Diff } from "../ui/diff.js";
import type { MergeForm } from "./merge.js";
import { useMerge } from "./use-merge.js";

interface MergeDialogProps<T> {
  readonly base: T | undefined;
  readonly theirs: T | undefined;
  /** Undefined while the form has faults: then the two cannot be joined yet. */
  readonly mine: T | undefined;
  readonly form: MergeForm<T>;
  readonly onMerged: (merged: T) => void;
  readonly onClose: () => void;
}

/** Both sides of an item that has changed while it is edited, and the form goes on with both. */
export function MergeDialog<T>({ base, theirs, mine, form, onMerged, onClose }: MergeDialogProps<T>) {
  return (
    <Dialog title="Changed meanwhile" onClose={onClose}>
      {mine === undefined ? (
        <>
          <div className="stack">
            <h3>What they changed</h3>
            <Diff before={base} after={theirs} label="What they changed" />
            <p>Mend what is not right in the form first; then both can be joined.</p>
          </div>
          <DialogFoot>
            <Button onClick={onClose}>Back to the form</Button>
          </DialogFoot>
        </>
      ) : (
        <Joining {...{ base, theirs, mine, form, onMerged, onClose }} />
      )}
    </Dialog>
  );
}

function Joining<T>({ base, theirs, mine, form, onMerged, onClose }: MergeDialogProps<T> & { readonly mine: T }) {
  const { result, view } = useMerge(form, base, mine, theirs);
  return (
    <>
      <div className="stack">
        <h3>What you changed</h3>
        <Diff before={base} after={mine} label="What you changed" />
        {view}
      </div>
      <DialogFoot>
        <Button onClick={onClose}>Later</Button>
        <Button look="primary" onClick={() => onMerged(result)}>
          Take both into the form
        </Button>
      </DialogFoot>
    </>
  );
}
