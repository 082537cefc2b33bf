import type { Flag, Rollout, Rule, Variant } from "../../api/types.js";
import { type Item, item, withoutId } from "../../edit/item.js";

export type DraftVariant = Item<
  Omit<Variant, "attachment"> & {
    readonly attachment: string;
    /** Key by which rules name it; its own, while that is not empty. */
    readonly known?: string;
  }
>;
export type DraftRule = Item<Rule>;
export type DraftRollout = Item<Rollout>;

/** A flag as it is being edited: JSON is text, which may be none for a while. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly defaultVariant: string;
  readonly metadata: string;
  readonly variants: readonly DraftVariant[];
  readonly rules: readonly DraftRule[];
  readonly rollouts: readonly DraftRollout[];
}

const jsonText = (value: unknown): string =>
  value === undefined || value === null ? "" : JSON.stringify(value, undefined, 2);

export function draftOf(flag: Flag): Draft {
  return {
    name: flag.name,
    description: flag.description,
    enabled: flag.enabled,
    defaultVariant: flag.defaultVariant ?? "",
    metadata: jsonText(flag.metadata),
    variants: flag.variants.map((variant) =>
      item({ ...variant, attachment: jsonText(variant.attachment), known: variant.key }),
    ),
    rules: flag.rules.map(item),
    rollouts: flag.rollouts.map(item),
  };
}

/** A draft that was kept: its items get ids that no others have. */
export function draftAgain(draft: Draft): Draft {
  const [variants, rules, rollouts] = [draft.variants.map(item), draft.rules.map(item), draft.rollouts.map(item)];
  return { ...draft, variants, rules, rollouts };
}

/** The flag that a draft without faults is to become. */
export function flagOf(draft: Draft, before: Flag): Flag {
  const { metadata: _, defaultVariant: __, ...rest } = before;
  const metadata = draft.metadata.trim() === "" ? {} : (JSON.parse(draft.metadata) as Record<string, unknown>);
  return {
    ...rest,
    name: draft.name,
    description: draft.description,
    enabled: draft.enabled,
    variants: draft.variants.map(({ attachment, known: _, ...variant }) => ({
      ...withoutId(variant),
      ...(attachment.trim() === "" ? {} : { attachment: JSON.parse(attachment) as unknown }),
    })),
    rules: draft.rules.map(withoutId),
    rollouts: draft.rollouts.map(withoutId),
    ...(draft.defaultVariant === "" ? {} : { defaultVariant: draft.defaultVariant }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** A draft with other variants: rules and the default follow those that get another key. */
export function withVariants(draft: Draft, next: readonly DraftVariant[]): Draft {
  const names = new Map(
    next.flatMap(({ key, known }) => (known !== undefined && key !== "" && key !== known ? [[known, key]] : [])),
  );
  const renamed = (key: string): string => names.get(key) ?? key;
  const rules = draft.rules.map((rule) => ({
    ...rule,
    distributions: rule.distributions.map((one) => ({ ...one, variant: renamed(one.variant) })),
  }));
  const variants = next.map((one) => (one.key === "" ? one : { ...one, known: one.key }));
  return { ...draft, variants, rules, defaultVariant: renamed(draft.defaultVariant) };
}
