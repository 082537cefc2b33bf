import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { segmentsQuery } from "../../api/queries.js";
import type { Flag, Place } from "../../api/types.js";
import { Button } from "../../ui/button.js";
import { LeaveGuard } from "../../ui/leave-guard.js";
import { BasicFields } from "./basic-fields.js";
import { type Draft, draftOf, flagOf, item } from "./draft.js";
import { faultsOf } from "./draft-faults.js";
import styles from "./flag-editor.module.css";
import { ItemEditor } from "./item-editor.js";
import { ReviewDialog } from "./review-dialog.js";
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
  const [base, setBase] = useState({ flag: current, revision: currentRevision });
  const [draft, setDraft] = useState(() => draftOf(current));
  const [reviewed, setReviewed] = useState<Flag>();
  const { data } = useQuery(segmentsQuery(place));
  const segments = data?.segments.map(({ key }) => key) ?? [];
  const variants = draft.variants.map(({ key }) => key);
  const faults = faultsOf(draft);
  const change = (patch: Partial<Draft>): void => setDraft((before) => ({ ...before, ...patch }));
  const isChanged = faults.size > 0 || !isSame(flagOf(draft, base.flag), flagOf(draftOf(base.flag), base.flag));
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) setReviewed(flagOf(draft, base.flag));
      }}
    >
      <LeaveGuard active={isChanged && reviewed === undefined} />
      <h1>
        Edit <bdi>{(base.flag.name || base.flag.key).slice(0, 200)}</bdi>
      </h1>
      <BasicFields
        draft={draft}
        variants={current.type === "VARIANT_FLAG_TYPE" ? variants : undefined}
        faults={faults}
        onChange={change}
      />
      {base.flag.type === "VARIANT_FLAG_TYPE" ? (
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
      <div className={styles.bar}>
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
          place={place}
          base={base}
          flag={reviewed}
          onRebase={setBase}
          onClose={() => setReviewed(undefined)}
          onSaved={onDone}
        />
      )}
    </form>
  );
}

const isSame = (one: Flag, other: Flag): boolean => JSON.stringify(one) === JSON.stringify(other);
