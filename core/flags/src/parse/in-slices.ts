import { TimeSlice } from "@vexil/plugin-api/time-slice";

/**
 * Does work that yields, in slices: others on the event loop have their turn between them.
 * @throws what `signal` is aborted with, and what the work throws
 */
export async function inSlices<T>(
  work: Generator<void, T>,
  signal?: AbortSignal,
  slice: TimeSlice = new TimeSlice(),
): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (!slice.due) continue;
    await slice.next();
    signal?.throwIfAborted();
  }
}
