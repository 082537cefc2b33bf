import { useQueryClient } from "@tanstack/react-query";
import type { Place, Segment } from "../api/types.js";
import type { Base } from "../edit/base.js";
import { EditForm } from "../edit/edit-form.js";
import { ItemEditor } from "../edit/item-editor.js";
import { draftName } from "../edit/kept-draft.js";
import { type Typing, useEdit } from "../edit/use-edit.js";
import { Card } from "../ui/card.js";
import { ConstraintFields } from "./constraint-fields.js";
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
import { segmentWrites } from "./segment-writes.js";

const TYPING: Typing<Segment, SegmentDraft> = { draftOf: segmentDraftOf, draftAgain, itemOf: segmentOf };

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

export function SegmentEditor({ place, current, keys, users, onDone }: SegmentEditorProps) {
  const queries = useQueryClient();
  const name = draftName(place.environment, place.namespace, "segment", current.value?.key ?? "");
  const edit = useEdit(name, { start: current, blank: NO_SEGMENT }, TYPING);
  const { draft, isNew, isTouched } = edit;
  const faults = segmentFaults(draft, isNew ? keys : undefined);
  const change = (patch: Partial<SegmentDraft>): void => edit.change((before) => ({ ...before, ...patch }));
  return (
    <EditForm
      place={place}
      noun="segment"
      edit={edit}
      current={current}
      faults={faults}
      writes={segmentWrites(queries, place)}
      onDone={onDone}
    >
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
    </EditForm>
  );
}
