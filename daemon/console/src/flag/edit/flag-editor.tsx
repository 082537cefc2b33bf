import { useQuery, useQueryClient } from "@tanstack/react-query";
import { segmentsQuery } from "../../api/queries.js";
import type { Flag, Place } from "../../api/types.js";
import { EditForm } from "../../edit/edit-form.js";
import { item } from "../../edit/item.js";
import { ItemEditor } from "../../edit/item-editor.js";
import { draftName } from "../../edit/kept-draft.js";
import { type Typing, useEdit } from "../../edit/use-edit.js";
import { BasicFields } from "./basic-fields.js";
import { type Draft, draftAgain, draftOf, flagOf, withVariants } from "./draft.js";
import { faultsOf } from "./draft-faults.js";
import { flagWrites } from "./flag-writes.js";
import { NO_FLAG } from "./newest-flag.js";
import { RolloutFields } from "./rollout-fields.js";
import { RuleFields } from "./rule-fields.js";
import { VariantFields } from "./variant-fields.js";

const TYPING: Typing<Flag, Draft> = {
  draftOf,
  draftAgain,
  itemOf: (draft, before) => (faultsOf(draft).size === 0 ? flagOf(draft, before) : undefined),
};

interface FlagEditorProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly revision: string;
  /** Somebody has deleted it. */
  readonly isGone: boolean;
  readonly onDone: () => void;
}

export function FlagEditor({ place, flag, revision, isGone, onDone }: FlagEditorProps) {
  const queries = useQueryClient();
  const name = draftName(place.environment, place.namespace, "flag", flag.key);
  const start = { value: flag, revision };
  const edit = useEdit(name, { start, blank: flag }, TYPING);
  const { draft } = edit;
  const { data } = useQuery(segmentsQuery(place));
  const segments = data?.segments.map(({ key }) => key) ?? [];
  const variants = draft.variants.map(({ key }) => key);
  const faults = faultsOf(draft);
  const change = (patch: Partial<Draft>): void => edit.change((before) => ({ ...before, ...patch }));
  const isVariant = (edit.base.value ?? flag).type === "VARIANT_FLAG_TYPE";
  return (
    <EditForm
      place={place}
      noun="flag"
      edit={edit}
      current={isGone ? NO_FLAG : start}
      faults={faults}
      writes={flagWrites(queries, place)}
      onDone={onDone}
    >
      <BasicFields draft={draft} variants={isVariant ? variants : undefined} faults={faults} onChange={change} />
      {isVariant ? (
        <>
          <ItemEditor
            title="Variants"
            noun="variant"
            items={draft.variants}
            faults={faults}
            added={() => item({ key: "", name: "", description: "", attachment: "" })}
            onChange={(next) => edit.change((before) => withVariants(before, next))}
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
    </EditForm>
  );
}
