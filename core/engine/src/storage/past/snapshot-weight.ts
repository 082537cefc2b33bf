import type { NamespaceSnapshot, Snapshot } from "@vexil/flags/compile/snapshot";

/** Bytes that an item takes as objects, model and compiled form together, and a part of it. */
const ITEM_BYTES = 2_000;
const PART_BYTES = 400;
const FILE_BYTES = 300;

const weights = new WeakMap<NamespaceSnapshot, number>();

/** Bytes that a snapshot takes, roughly; what it shares with others counts for each of them. */
export function weightOf({ namespaces, files }: Snapshot): number {
  let bytes = files.size * FILE_BYTES;
  for (const namespace of namespaces.values()) bytes += weightOfNamespace(namespace);
  return bytes;
}

function weightOfNamespace(namespace: NamespaceSnapshot): number {
  const known = weights.get(namespace);
  if (known !== undefined) return known;
  const { flags, segments } = namespace.items;
  let bytes = ITEM_BYTES;
  for (const { flag } of flags.values()) {
    bytes += ITEM_BYTES + flag.description.length + PART_BYTES * flag.rollouts.length;
    for (const rule of flag.rules) bytes += PART_BYTES * (1 + rule.distributions.length + rule.segments.length);
    for (const { attachment } of flag.variants) {
      bytes += PART_BYTES + (attachment === undefined ? 0 : 4 * JSON.stringify(attachment).length);
    }
  }
  for (const { segment } of segments.values()) {
    bytes += ITEM_BYTES + PART_BYTES * segment.constraints.length;
    // A list is kept as text and as a set.
    for (const { value } of segment.constraints) bytes += 8 * value.length;
  }
  weights.set(namespace, bytes);
  return bytes;
}
