/** The smallest number from 1 on that no worker has. */
export function freeSlot(workers: Iterable<{ readonly slot: number }>): number {
  const taken = new Set([...workers].map(({ slot }) => slot));
  let slot = 1;
  while (taken.has(slot)) slot += 1;
  return slot;
}
