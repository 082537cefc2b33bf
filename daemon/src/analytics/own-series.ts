import { hourOf, startOf } from "../usage/hour-counts.js";
import type { UsageReader } from "../usage/usage-reader.js";
import { type EvaluationSeries, timestampsOf } from "./evaluation-series.js";
import { checkSize, pointsOf, type TimeRange } from "./time-range.js";

const HOUR_MS = 3_600_000;

/**
 * Evaluations as this daemon has counted them: by hours, from that of `from` to that of `to`, as far as the retention
 * goes back and not beyond now.
 * @throws VexilError VEXIL_VALIDATION_ITEMS, VEXIL_VALIDATION_REQUEST
 */
export async function ownSeries(
  usage: UsageReader,
  [environment, namespace]: readonly [string, string],
  flags: readonly string[],
  { from, to }: TimeRange,
): Promise<ReadonlyMap<string, EvaluationSeries>> {
  const first = Math.max(from, usage.oldest);
  const points = pointsOf(startOf(hourOf(first)), Math.min(to, usage.now), HOUR_MS);
  checkSize(flags.length, points.length);
  await usage.settle();
  const [hours, timestamps] = [points.map(hourOf), timestampsOf(points)];
  return new Map(
    flags.map((flag) => {
      const answers = usage.of([environment, namespace, flag])?.answers ?? [];
      const values = hours.map((hour) => answers.reduce((sum, { counts }) => sum + counts.at(hour), 0));
      return [flag, { timestamps, values }];
    }),
  );
}
