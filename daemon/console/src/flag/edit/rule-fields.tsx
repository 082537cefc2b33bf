import { Button, IconButton } from "../../ui/button.js";
import { Select, TextField } from "../../ui/field.js";
import { DistributionBar } from "../distribution-bar.js";
import type { DraftRule } from "./draft.js";
import styles from "./item-editor.module.css";
import { SegmentPicker } from "./segment-picker.js";

interface RuleFieldsProps {
  readonly rule: DraftRule;
  readonly variants: readonly string[];
  readonly segments: readonly string[];
  readonly onChange: (patch: Partial<DraftRule>) => void;
}

export function RuleFields({ rule, variants, segments, onChange }: RuleFieldsProps) {
  const { distributions } = rule;
  const rest = Math.max(0, Math.round((100 - distributions.reduce((sum, one) => sum + one.rollout, 0)) * 100) / 100);
  const free = variants.find((key) => !distributions.some(({ variant }) => variant === key));
  const change = (index: number, patch: Partial<(typeof distributions)[number]>): void => {
    onChange({ distributions: distributions.map((one, at) => (at === index ? { ...one, ...patch } : one)) });
  };
  return (
    <>
      <SegmentPicker {...rule} known={segments} onChange={onChange} />
      {distributions.map(({ variant, rollout }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a share has no other name
        <div key={index} className={styles.shares}>
          <Select label="Variant" value={variant} onChange={({ target }) => change(index, { variant: target.value })}>
            {[...new Set([variant, ...variants])].map((key) => (
              <option key={key} value={key}>
                {key}
              </option>
            ))}
          </Select>
          <TextField
            label="Share in %"
            type="number"
            min="0"
            max="100"
            step="0.01"
            value={rollout}
            onChange={({ target }) => change(index, { rollout: target.valueAsNumber || 0 })}
          />
          <IconButton
            icon="trash"
            label={`Remove the share of ${variant}`}
            onClick={() => onChange({ distributions: distributions.filter((_, at) => at !== index) })}
          />
        </div>
      ))}
      {distributions.length > 0 && (
        <DistributionBar shares={distributions.map(({ variant, rollout }) => ({ name: variant, percent: rollout }))} />
      )}
      <div className="row wrap">
        <Button
          icon="plus"
          disabled={free === undefined}
          onClick={() => free && onChange({ distributions: [...distributions, { variant: free, rollout: rest }] })}
        >
          Add a variant's share
        </Button>
        {distributions.length > 1 && (
          <Button onClick={() => onChange({ distributions: evenShares(distributions) })}>Make shares even</Button>
        )}
      </div>
    </>
  );
}

/** Shares of two digits that make a hundred together. */
function evenShares<T>(all: readonly T[]): (T & { rollout: number })[] {
  const each = Math.floor(10_000 / all.length) / 100;
  const last = Math.round((100 - each * (all.length - 1)) * 100) / 100;
  return all.map((one, index) => ({ ...one, rollout: index === all.length - 1 ? last : each }));
}
