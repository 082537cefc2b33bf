/** Items that one call into a backend gets at most, so that its deadline is fair whatever the repository's size. */
const BATCH_ITEMS = 20_000;
const BATCH_BYTES = 32 * 2 ** 20;

/** Splits items into batches, in order; nothing gives nothing. */
export function* inBatches<T>(items: readonly T[], sizeOf: (item: T) => number): Generator<readonly T[]> {
  let start = 0;
  let size = 0;
  for (const [index, item] of items.entries()) {
    const own = sizeOf(item);
    if (index > start && (index - start >= BATCH_ITEMS || size + own > BATCH_BYTES)) {
      yield items.slice(start, index);
      start = index;
      size = 0;
    }
    size += own;
  }
  if (start === 0 && items.length > 0) yield items;
  else if (start < items.length) yield items.slice(start);
}
