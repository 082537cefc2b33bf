import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { createFlag } from "../../api/create-and-delete.js";
import { previewFlag } from "../../api/previews.js";
import { segmentsQuery } from "../../api/queries.js";
import { useRefusal } from "../../api/rights.js";
import { saveFlag } from "../../api/save-flag.js";
import type { Flag, Place } from "../../api/types.js";
import type { Base } from "../../edit/base.js";
import edit from "../../edit/edit.module.css";
import { item } from "../../edit/item.js";
import { ItemEditor } from "../../edit/item-editor.js";
import { draftName, forgetDraft, keptDraft, useKeepDraft } from "../../edit/kept-draft.js";
import { KeptNote } from "../../edit/kept-note.js";
import { Meanwhile } from "../../edit/meanwhile.js";
import { ReviewDialog } from "../../edit/review-dialog.js";
import { isSame } from "../../edit/same.js";
import { Button } from "../../ui/button.js";
import { LeaveGuard } from "../../ui/leave-guard.js";
import { useToast } from "../../ui/toasts.js";
import { BasicFields } from "./basic-fields.js";
import { type Draft, draftAgain, draftOf, flagOf, withVariants } from "./draft.js";
import { faultsOf } from "./draft-faults.js";
import { FLAG_PARTS } from "./merge-flags.js";
import { NO_FLAG, newestFlag } from "./newest-flag.js";
import { RolloutFields } from "./rollout-fields.js";
import { RuleFields } from "./rule-fields.js";
import { VariantFields } from "./variant-fields.js";

interface Kept {
  readonly base: Base<Flag>;
  readonly draft: Draft;
}

interface FlagEditorProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  /** Somebody has deleted it. */
  readonly isGone: boolean;
  readonly onDone: () => void;
}

/** Edits what the flag was when editing began; what others do meanwhile is told, and joined with it. */
export function FlagEditor({ place, flag: current, revision, isGone, onDone }: FlagEditorProps) {
  const queries = useQueryClient();
  const toast = useToast();
  const name = draftName(place.environment, place.namespace, "flag", current.key);
  const [kept, setKept] = useState(() => keptDraft<Kept>(name));
  const [base, setBase] = useState<Base<Flag>>(kept?.base ?? { value: current, revision });
  const [draft, setDraft] = useState(() => (kept ? draftAgain(kept.draft) : draftOf(current)));
  const [reviewed, setReviewed] = useState<Flag>();
  const { data } = useQuery(segmentsQuery(place));
  const segments = data?.segments.map(({ key }) => key) ?? [];
  const variants = draft.variants.map(({ key }) => key);
  const faults = faultsOf(draft);
  const refusal = useRefusal(place, base.value ? "update" : "create");
  const change = (patch: Partial<Draft>): void => setDraft((before) => ({ ...before, ...patch }));
  const origin = base.value ?? current;
  const isChanged =
    base.value === undefined || faults.size > 0 || !isSame(flagOf(draft, origin), flagOf(draftOf(origin), origin));
  useKeepDraft(
    name,
    useMemo(() => (isChanged ? { base, draft } : undefined), [isChanged, base, draft]),
  );
  const done = (): void => {
    forgetDraft(name);
    onDone();
  };
  const rebase = (next: Base<Flag>, merged: Flag | undefined): void => {
    setBase(next);
    if (merged) setDraft(draftOf(merged));
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (faults.size === 0) setReviewed(flagOf(draft, origin));
      }}
    >
      <LeaveGuard active={isChanged && reviewed === undefined} onLeave={() => forgetDraft(name)} />
      <h1>
        Edit <bdi>{(origin.name || origin.key).slice(0, 200)}</bdi>
      </h1>
      {kept && (
        <KeptNote
          onDiscard={() => {
            setKept(undefined);
            rebase({ value: current, revision }, current);
          }}
        />
      )}
      {reviewed === undefined && (
        <Meanwhile
          noun="flag"
          base={base}
          current={isGone ? NO_FLAG : { value: current, revision }}
          mine={faults.size === 0 ? flagOf(draft, origin) : undefined}
          form={FLAG_PARTS}
          onRebase={rebase}
        />
      )}
      <BasicFields
        draft={draft}
        variants={current.type === "VARIANT_FLAG_TYPE" ? variants : undefined}
        faults={faults}
        onChange={change}
      />
      {origin.type === "VARIANT_FLAG_TYPE" ? (
        <>
          <ItemEditor
            title="Variants"
            noun="variant"
            items={draft.variants}
            faults={faults}
            added={() => item({ key: "", name: "", description: "", attachment: "" })}
            onChange={(next) => setDraft((before) => withVariants(before, next))}
          >
            {(variant, patch) => (
              <VariantFields variant={variant} fault={faults.get(`attachment ${variant.id}`)} onChange={patch} />
            )}
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
          {refusal ??
            (faults.size > 0 ? "Something is not right yet" : isChanged ? "Not saved yet" : "Nothing has changed")}
        </span>
        <Button onClick={done}>Cancel</Button>
        <Button type="submit" look="primary" disabled={!isChanged || faults.size > 0} reason={refusal}>
          Review and save
        </Button>
      </div>
      {reviewed && (
        <ReviewDialog
          base={base}
          next={reviewed}
          form={FLAG_PARTS}
          preview={(flag, { value, revision }) => previewFlag(place, flag, { revision, isNew: value === undefined })}
          save={async (flag, { value, revision }, message) => {
            await (value
              ? saveFlag(queries, place, flag, revision, message)
              : createFlag(queries, place, flag, message));
            toast({ text: `${flag.key.slice(0, 60)} is saved.` });
            done();
          }}
          newest={() => newestFlag(queries, place, reviewed.key)}
          onRebase={rebase}
          onClose={() => setReviewed(undefined)}
        />
      )}
    </form>
  );
}
