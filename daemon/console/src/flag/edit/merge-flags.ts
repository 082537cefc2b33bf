import type { Flag, Variant } from "../../api/types.js";
import { fieldParts, fieldsOf, type MergeForm } from "../../edit/merge.js";

const FIELDS = {
  name: "Name",
  description: "Description",
  enabled: "On or off",
  defaultVariant: "Default variant",
  rules: "Rules and their order",
  rollouts: "Rollouts and their order",
} as const;

const METADATA = "metadata ";

/** Parts of a flag: fields, entries of the metadata, variants. Rules and rollouts have no names: each list is a part. */
export const FLAG_PARTS: MergeForm<Flag> = {
  split: (flag) => [
    fieldParts(flag, FIELDS),
    Object.entries(flag.metadata ?? {}).map(([key, value]) => ({
      id: `${METADATA}${key}`,
      words: `Metadata ${key}`,
      value,
    })),
    flag.variants.map((variant) => ({
      id: `variants ${variant.key}`,
      words: `Variant ${variant.key}`,
      value: variant,
    })),
  ],
  join: ([fields = [], metadata = [], variants = []], { metadata: _, defaultVariant: __, ...onto }) => ({
    ...onto,
    ...fieldsOf(fields),
    variants: variants.map(({ value }) => value as Variant),
    ...(metadata.length === 0
      ? {}
      : { metadata: Object.fromEntries(metadata.map(({ id, value }) => [id.slice(METADATA.length), value])) }),
  }),
};
