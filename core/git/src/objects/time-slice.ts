import { setImmediate as nextTurn } from "node:timers/promises";

/** Gives the event loop its turn whenever work has held it for `budgetMs`. */
export function timeSlice(budgetMs = 8): () => Promise<void> | undefined {
  let start = performance.now();
  return () => {
    if (performance.now() - start < budgetMs) return undefined;
    return nextTurn().then(() => {
      start = performance.now();
    });
  };
}
