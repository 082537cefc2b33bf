import { TimeSlice } from "@vexil/plugin-api/time-slice";

/** Gives the event loop its turn whenever work has held it for `budgetMs`. */
export function timeSlice(budgetMs = 8): () => Promise<void> | undefined {
  const slice = new TimeSlice(budgetMs);
  return () => (slice.due ? slice.next() : undefined);
}
