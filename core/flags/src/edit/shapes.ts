import { KEY_ORDER } from "./item-tree.js";

/** Kind of a node of an item: the order of a map's keys, and what its children are. */
export interface Shape {
  /** undefined: a free map (metadata, attachments), sorted by key. */
  readonly order?: readonly string[];
  readonly children?: Readonly<Record<string, Shape>>;
  readonly item?: Shape;
}

const FREE: Shape = {};
const REFERENCE: Shape = { order: KEY_ORDER.reference };

export const FLAG_SHAPE: Shape = {
  order: KEY_ORDER.flag,
  children: {
    variants: { item: { order: KEY_ORDER.variant, children: { attachment: FREE } } },
    rules: {
      item: {
        order: KEY_ORDER.rule,
        children: { segment: REFERENCE, distributions: { item: { order: KEY_ORDER.distribution } } },
      },
    },
    rollouts: {
      item: {
        order: KEY_ORDER.rollout,
        children: { segment: REFERENCE, threshold: { order: KEY_ORDER.threshold } },
      },
    },
  },
};

export const SEGMENT_SHAPE: Shape = {
  order: KEY_ORDER.segment,
  children: { constraints: { item: { order: KEY_ORDER.constraint } } },
};

export const NAMESPACE_SHAPE: Shape = { order: KEY_ORDER.namespace };

export const childShape = (shape: Shape, key: string): Shape => shape.children?.[key] ?? FREE;
export const itemShape = (shape: Shape): Shape => shape.item ?? FREE;
