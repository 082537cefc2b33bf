import { type ReactNode, useRef, useState } from "react";
import { useRefusal } from "../api/rights.js";
import type { Place } from "../api/types.js";
import { Button } from "../ui/button.js";
import { LeaveGuard } from "../ui/leave-guard.js";
import { useToast } from "../ui/toasts.js";
import type { Base } from "./base.js";
import styles from "./edit.module.css";
import type { Faults } from "./faults.js";
import { KeptNote } from "./kept-note.js";
import { Meanwhile } from "./meanwhile.js";
import { ReviewDialog } from "./review-dialog.js";
import { isSame } from "./same.js";
import type { Edit } from "./use-edit.js";
import type { Writes } from "./writes.js";

interface EditFormProps<T> {
  readonly place: Place;
  /** A word for it: `flag`. */
  readonly noun: string;
  readonly edit: Omit<Edit<T, unknown>, "draft" | "change">;
  /** The item as it is served now. */
  readonly current: Base<T>;
  readonly faults: Faults;
  readonly writes: Writes<T>;
  /** Leaves the form. @param key of the item that there is now */
  readonly onDone: (key: string | undefined) => void;
  /** Its fields. */
  readonly children: ReactNode;
}

/** A form around the fields of an item: what others do meanwhile is told, and joined with it; what it saves is shown. */
export function EditForm<T extends { readonly key: string; readonly name: string }>(props: EditFormProps<T>) {
  const { place, noun, edit, current, faults, writes, onDone, children } = props;
  const { base, isNew, isTouched, isKept, rebase, discard, forget } = edit;
  const toast = useToast();
  const [reviewed, setReviewed] = useState<T>();
  const refusal = useRefusal(place, base.value ? "update" : "create");
  const value = faults.size === 0 ? edit.value : undefined;
  // What others did beside it does not matter to it, and is no reason to be refused first.
  const upon = isSame(base.value, current.value) ? current : base;
  const shown = base.value ?? (isNew ? undefined : edit.value);
  const isOver = useRef(false);
  const state = isTouched ? (value ? "Not saved yet" : "Something is not right yet") : "Nothing has changed";
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setReviewed(value);
      }}
    >
      <LeaveGuard active={() => isTouched && !isOver.current} onLeave={forget} />
      <h1>
        {isNew && !shown ? `New ${noun}` : "Edit "}
        {shown && <bdi>{(shown.name || shown.key).slice(0, 200)}</bdi>}
      </h1>
      {isKept && <KeptNote onDiscard={discard} />}
      {reviewed === undefined && (
        <Meanwhile {...{ noun, base, current }} mine={value} form={writes.form} onRebase={rebase} />
      )}
      {children}
      <div className={styles.bar}>
        <span className="soft" role="status">
          {refusal ?? (isNew && !isTouched ? "" : state)}
        </span>
        <Button onClick={() => onDone(base.value?.key)}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!isTouched || !value} reason={refusal}>
          Review and save
        </Button>
      </div>
      {reviewed && (
        <ReviewDialog
          base={upon}
          next={reviewed}
          writes={writes}
          draft={edit.name}
          onSaved={({ key }) => {
            isOver.current = true;
            forget();
            toast({ text: `${key.slice(0, 60)} is saved.` });
            onDone(key);
          }}
          onRebase={rebase}
          onClose={() => setReviewed(undefined)}
        />
      )}
    </form>
  );
}
