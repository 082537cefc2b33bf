import type { KeyedAnswer } from "./answer.js";
import type { Pieces } from "./outcome.js";

/** Buckets from the first to before the second. */
export type Interval = readonly [from: number, to: number];

/** Entities of some buckets, and their answers by both versions. */
export interface CombinedPiece {
  readonly grid: number;
  readonly bucket: Interval;
  /** Where the versions spread entities in different ways: on the grid of the version before. */
  readonly before?: { readonly grid: number; readonly bucket: Interval };
  readonly answers: { readonly base: KeyedAnswer; readonly head: KeyedAnswer };
}

/** Both versions' answers by bucket. Neighbours that are alike are one piece. */
export function combine(base: Pieces, head: Pieces): readonly CombinedPiece[] {
  if (base.grid === head.grid || base.pieces.length === 1 || head.pieces.length === 1) {
    const { grid } = head.pieces.length === 1 ? base : head;
    return merged(aligned(base, head, grid), grid);
  }
  // A flag that becomes another type: its entities are spread by two hashes that know nothing of each other.
  return stretches(base).flatMap(([baseBucket, before]) =>
    stretches(head).map(([bucket, after]) => ({
      grid: head.grid,
      bucket,
      before: { grid: base.grid, bucket: baseBucket },
      answers: { base: before, head: after },
    })),
  );
}

export function hasChanged({ answers }: CombinedPiece): boolean {
  return answers.base.key !== answers.head.key;
}

export function shareOf({ grid, bucket: [from, to], before }: CombinedPiece): number {
  const share = (to - from) / grid;
  return before === undefined ? share : (share * (before.bucket[1] - before.bucket[0])) / before.grid;
}

function aligned(base: Pieces, head: Pieces, grid: number): readonly CombinedPiece[] {
  const cuts = [...new Set([...base.pieces, ...head.pieces].map(({ from }) => from))].sort((a, b) => a - b);
  const [before, after] = [answersAt(base, cuts), answersAt(head, cuts)];
  return cuts.map((from, index) => ({
    grid,
    bucket: [from, cuts[index + 1] ?? grid],
    answers: { base: before[index] as KeyedAnswer, head: after[index] as KeyedAnswer },
  }));
}

/** The answers at some buckets, in ascending order as the pieces are. */
function answersAt({ pieces }: Pieces, buckets: readonly number[]): readonly KeyedAnswer[] {
  let index = 0;
  return buckets.map((bucket) => {
    while ((pieces[index + 1]?.from ?? Number.POSITIVE_INFINITY) <= bucket) index += 1;
    return (pieces[index] as Pieces["pieces"][number]).answer;
  });
}

function merged(pieces: readonly CombinedPiece[], grid: number): readonly CombinedPiece[] {
  const found: CombinedPiece[] = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last?.answers.base.key === piece.answers.base.key && last.answers.head.key === piece.answers.head.key) {
      found[found.length - 1] = { ...last, grid, bucket: [last.bucket[0], piece.bucket[1]] };
    } else found.push(piece);
  }
  return found;
}

function stretches({ pieces, grid }: Pieces): readonly (readonly [Interval, KeyedAnswer])[] {
  return pieces.map(({ from, answer }, index) => [[from, pieces[index + 1]?.from ?? grid], answer]);
}
