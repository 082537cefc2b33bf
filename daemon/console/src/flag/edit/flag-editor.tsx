import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { flagQuery, segmentsQuery } from "../../api/queries.js";
import { saveFlag } from "../../api/save-flag.js";
import type { Flag, Place } from "../../api/types.js";
import edit from "../../edit/edit.module.css";
import { ReviewDialog } from "../../edit/review-dialog.js";
import { Button } from "../../ui/button.js";
import { LeaveGuard } from "../../ui/leave-guard.js";
import { useToast } from "../../ui/toasts.js";
import { BasicFields } from "./basic-fields.js";
import { type Draft, draftOf, flagOf, item } from "./draft.js";
import { faultsOf } from "./draft-faults.js";
import { ItemEditor } from "./item-editor.js";
import { RolloutFields } from "./rollout-fields.js";
import { RuleFields } from "./rule-fields.js";
import { VariantFields } from "./variant-fields.js";

interface FlagEditorProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  readonly onDone: () => void;
}

/** Edits what the flag was when editing began; what others do meanwhile is told when it is saved. */
export function FlagEditor({ place, flag: current, revision: currentRevision, onDone }: FlagEditorProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const [base, setBase] = useState({ value: current, revision: currentRevision });
  const [draft, setDraft] = useState(() => draftOf(current));
  const [reviewed, setReviewed] = useState<Flag>();
  const { data } = useQuery(segmentsQuery(place));
  const segments = data?.segments.map(({ key }) => key) ?? [];
  const variants = draft.variants.map(({ key }) => key);
  const faults = faultsOf(draft);
  const change = (patch: Partial<Draft>): void => setDraft((before) => ({ ...before, ...patch }));
  const isChanged = faults.size > 0 || !isSame(flagOf(draft, base.value), flagOf(draftOf(base.value), base.value));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) setReviewed(flagOf(draft, base.value));
      }}
    >
      <LeaveGuard active={isChanged && reviewed === undefined} />
      <h1>
        Edit <bdi>{(base.value.name || base.value.key).slice(0, 200)}</bdi>
      </h1>
      <BasicFields
        draft={draft}
        variants={current.type === "VARIANT_FLAG_TYPE" ? variants : undefined}
        faults={faults}
        onChange={change}
      />
      {base.value.type === "VARIANT_FLAG_TYPE" ? (
        <>
          <ItemEditor
            title="Variants"
            noun="variant"
            items={draft.variants}
            faults={faults}
            added={() => item({ key: "", name: "", description: "", attachment: "" })}
            onChange={(next) => change({ variants: next })}
          >
            {(variant, patch) => <VariantFields variant={variant} onChange={patch} />}
          </ItemEditor>
          <ItemEditor
            title="Rules"
            noun="rule"
            items={draft.rules}
            faults={faults}
            added={() => item({ segments: [], segmentOperator: "OR_SEGMENT_OPERATOR" as const, distributions: [] })}
            onChange={(next) => change({ rules: next })}
          >
            {(rule, patch) => <RuleFields rule={rule} variants={variants} segments={segments} onChange={patch} />}
          </ItemEditor>
        </>
      ) : (
        <ItemEditor
          title="Rollouts"
          noun="rollout"
          items={draft.rollouts}
          faults={faults}
          added={() =>
            item({
              type: "THRESHOLD_ROLLOUT_TYPE" as const,
              description: "",
              threshold: { percentage: 50, value: true },
            })
          }
          onChange={(next) => change({ rollouts: next })}
        >
          {(rollout) => (
            <RolloutFields
              rollout={rollout}
              segments={segments}
              onChange={(next) => change({ rollouts: draft.rollouts.map((one) => (one.id === next.id ? next : one)) })}
            />
          )}
        </ItemEditor>
      )}
      <div className={edit.bar}>
        <span className="soft" role="status">
          {faults.size > 0 ? "Something is not right yet" : isChanged ? "Not saved yet" : "Nothing has changed"}
        </span>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!isChanged || faults.size > 0}>
          Review and save
        </Button>
      </div>
      {reviewed && (
        <ReviewDialog
          base={base}
          next={reviewed}
          save={async ({ revision }) => {
            await saveFlag(queries, place, reviewed, revision);
            toast({ text: `${reviewed.key.slice(0, 60)} is saved.` });
            onDone();
          }}
          newest={async () => {
            const newest = await queries.fetchQuery({ ...flagQuery(place, reviewed.key), staleTime: 0 });
            return { value: newest.flag, revision: newest.revision };
          }}
          onRebase={({ value, revision }) => value && setBase({ value, revision })}
          onClose={() => setReviewed(undefined)}
        />
      )}
    </form>
  );
}

const isSame = (one: Flag, other: Flag): boolean => JSON.stringify(one) === JSON.stringify(other);
