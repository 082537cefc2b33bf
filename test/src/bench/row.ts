/** One line of the table that `npm run bench` prints. */
export interface BenchRow {
  readonly measure: string;
  /** Bound that `ratio` has to stay below (or above), as text: `≤ 1.5×`. */
  readonly goal: string;
  /** Ours, with its unit. */
  readonly figure: string;
  /** Reference, measured in the same run. */
  readonly reference: string;
  readonly ratio: number;
}

/** Runs both in turns, so that a machine's moods hit both, and compares the medians of their milliseconds. */
export async function compare(
  row: { readonly measure: string; readonly goal: string; readonly against: string },
  rounds: number,
  ours: () => Promise<void>,
  theirs: () => Promise<void>,
): Promise<BenchRow> {
  const times: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round += 1) {
    times.theirs.push(await timed(theirs));
    times.ours.push(await timed(ours));
  }
  const [figure, reference] = [median(times.ours), median(times.theirs)];
  return {
    measure: row.measure,
    goal: row.goal,
    figure: milliseconds(figure),
    reference: `${milliseconds(reference)} (${row.against})`,
    ratio: figure / reference,
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const milliseconds = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
