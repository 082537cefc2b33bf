import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { previewSegment } from "../api/previews.js";
import { segmentsQuery } from "../api/queries.js";
import { useRefusal } from "../api/rights.js";
import { saveSegment } from "../api/save-segment.js";
import type { Place, Segment } from "../api/types.js";
import type { Base } from "../edit/base.js";
import edit from "../edit/edit.module.css";
import { ItemEditor } from "../edit/item-editor.js";
import { draftName, forgetDraft, keptDraft, useKeepDraft } from "../edit/kept-draft.js";
import { KeptNote } from "../edit/kept-note.js";
import { Meanwhile } from "../edit/meanwhile.js";
import { ReviewDialog } from "../edit/review-dialog.js";
import { isSame } from "../edit/same.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { LeaveGuard } from "../ui/leave-guard.js";
import { useToast } from "../ui/toasts.js";
import { ConstraintFields } from "./constraint-fields.js";
import { SEGMENT_PARTS } from "./merge-segments.js";
import { SegmentBasics } from "./segment-basics.js";
import {
  draftAgain,
  NO_SEGMENT,
  newConstraint,
  type SegmentDraft,
  segmentDraftOf,
  segmentOf,
} from "./segment-draft.js";
import { segmentFaults } from "./segment-faults.js";
import { SegmentUsers, type Users } from "./segment-users.js";

interface Kept {
  readonly base: Base<Segment>;
  readonly draft: SegmentDraft;
}

interface SegmentEditorProps {
  readonly place: Place;
  /** The segment as it is; without a value it is a new one. */
  readonly current: Base<Segment>;
  /** Keys of all segments. */
  readonly keys: readonly string[];
  /** Flags that a change of it concerns; undefined while they are not known, and for a new one. */
  readonly users: Users | undefined;
  readonly onDone: (key: string | undefined) => void;
}

/** Edits what the segment was when editing began; what others do meanwhile is told, and joined with it. */
export function SegmentEditor({ place, current, keys, users, onDone }: SegmentEditorProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const name = draftName(place.environment, place.namespace, "segment", current.value?.key ?? "");
  const [kept, setKept] = useState(() => keptDraft<Kept>(name));
  const [base, setBase] = useState(kept?.base ?? current);
  const [isNew] = useState(current.value === undefined);
  const [draft, setDraft] = useState(() =>
    kept ? draftAgain(kept.draft) : segmentDraftOf(current.value ?? NO_SEGMENT),
  );
  const [reviewed, setReviewed] = useState<Segment>();
  const faults = segmentFaults(draft, isNew ? keys : undefined);
  const isLost = !isNew && base.value === undefined;
  const isTouched = isLost || !isSame(segmentOf(draft), segmentOf(segmentDraftOf(base.value ?? NO_SEGMENT)));
  const change = (patch: Partial<SegmentDraft>): void => setDraft((before) => ({ ...before, ...patch }));
  const word = faults.size > 0 && isTouched ? "Something is not right yet" : "Not saved yet";
  const first = base.value ?? (isNew ? undefined : draft);
  const title = first?.name || first?.key;
  const refusal = useRefusal(place, isNew || isLost ? "create" : "update");
  useKeepDraft(
    name,
    useMemo(() => (isTouched ? { base, draft } : undefined), [isTouched, base, draft]),
  );
  const done = (key: string | undefined): void => {
    forgetDraft(name);
    onDone(key);
  };
  const rebase = (next: Base<Segment>, merged: Segment | undefined): void => {
    setBase(next);
    if (merged) setDraft(segmentDraftOf(merged));
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) setReviewed(segmentOf(draft));
      }}
    >
      <LeaveGuard active={isTouched && reviewed === undefined} onLeave={() => forgetDraft(name)} />
      <h1>{title === undefined ? "New segment" : <bdi>{`Edit ${title.slice(0, 200)}`}</bdi>}</h1>
      {kept && (
        <KeptNote
          onDiscard={() => {
            setKept(undefined);
            rebase(current, current.value ?? NO_SEGMENT);
          }}
        />
      )}
      {reviewed === undefined && (
        <Meanwhile
          noun="segment"
          base={base}
          current={current}
          mine={faults.size === 0 ? segmentOf(draft) : undefined}
          form={SEGMENT_PARTS}
          onRebase={rebase}
        />
      )}
      <SegmentBasics draft={draft} isNew={isNew} isTouched={isTouched} faults={faults} onChange={change} />
      <ItemEditor
        title="Constraints"
        noun="constraint"
        items={draft.constraints}
        faults={faults}
        added={newConstraint}
        onChange={(constraints) => change({ constraints })}
      >
        {(constraint, patch) => <ConstraintFields constraint={constraint} onChange={patch} />}
      </ItemEditor>
      {users && (
        <Card title="Used by" count={users.length}>
          {users.length === 0 ? <p className="soft">No flag.</p> : <SegmentUsers place={place} users={users} />}
        </Card>
      )}
      <div className={edit.bar}>
        <span className="soft" role="status">
          {refusal ?? (isTouched ? word : isNew ? "" : "Nothing has changed")}
        </span>
        <Button onClick={() => done(base.value?.key)}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!isTouched || faults.size > 0} reason={refusal}>
          Review and save
        </Button>
      </div>
      {reviewed && (
        <ReviewDialog
          base={base}
          next={reviewed}
          form={SEGMENT_PARTS}
          preview={(segment, { value, revision }) =>
            previewSegment(place, segment, { revision, isNew: value === undefined })
          }
          save={async (segment, { value, revision }, message) => {
            await saveSegment(queries, place, segment, { revision, isNew: value === undefined, message });
            toast({ text: `${segment.key.slice(0, 60)} is saved.` });
            done(segment.key);
          }}
          newest={async () => {
            const { segments, revision } = await queries.fetchQuery({ ...segmentsQuery(place), staleTime: 0 });
            return { value: segments.find(({ key }) => key === reviewed.key), revision };
          }}
          onRebase={rebase}
          onClose={() => setReviewed(undefined)}
        />
      )}
    </form>
  );
}
