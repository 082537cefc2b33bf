import { useRef } from "react";
import type { Rule } from "../../api/types.js";
import { PercentField } from "../../edit/percent-field.js";
import { Button, IconButton } from "../../ui/button.js";
import { Select } from "../../ui/field.js";
import { shorten } from "../../ui/shorten.js";
import { DistributionBar } from "../distribution-bar.js";
import styles from "./flag-fields.module.css";
import { evenShares, restOf, withoutShare, withShare } from "./shares.js";

type Shares = Rule["distributions"];

interface ShareFieldsProps {
  readonly shares: Shares;
  readonly variants: readonly string[];
  readonly onChange: (shares: Shares) => void;
}

/** Which variant how many get: whatever one share becomes, all together stay what they can be. */
export function ShareFields({ shares, variants, onChange }: ShareFieldsProps) {
  // A size is typed digit by digit, and slid through many: others are measured by what they were before.
  const before = useRef(shares);
  const resize = (index: number, percent: number): void => {
    const from = before.current.length === shares.length ? before.current : shares;
    const sized = withShare(from, index, percent);
    onChange(shares.map((one, at) => ({ ...one, rollout: sized[at]?.rollout ?? one.rollout })));
  };
  const remember = (): void => {
    before.current = shares;
  };
  const free = variants.find((key) => key !== "" && !shares.some(({ variant }) => variant === key));
  return (
    <>
      {shares.map(({ variant, rollout }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a share has no other name
        <div key={index} className={styles.shares}>
          <Select
            label="Variant"
            value={variant}
            onChange={({ target }) => onChange(shares.with(index, { variant: target.value, rollout }))}
          >
            {[...new Set([variant, ...variants])].map((key) => (
              <option key={key} value={key}>
                {shorten(key)}
              </option>
            ))}
          </Select>
          <PercentField
            label="Share in %"
            slider={`Share of ${shorten(variant)} as a slider`}
            value={rollout}
            onBegin={remember}
            onChange={(percent) => resize(index, percent)}
          />
          <IconButton
            icon="trash"
            label={`Remove the share of ${shorten(variant)}`}
            onClick={() => onChange(withoutShare(shares, index))}
          />
        </div>
      ))}
      {shares.length > 0 && (
        <DistributionBar shares={shares.map(({ variant, rollout }) => ({ name: variant, percent: rollout }))} />
      )}
      <div className="row wrap">
        <Button
          icon="plus"
          reason={free === undefined ? "Every variant has its share already." : undefined}
          onClick={() => free !== undefined && onChange([...shares, { variant: free, rollout: restOf(shares) }])}
        >
          Add a variant's share
        </Button>
        {shares.length > 0 && <Button onClick={() => onChange(evenShares(shares))}>Make shares even</Button>}
      </div>
    </>
  );
}
