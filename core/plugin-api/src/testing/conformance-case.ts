/** One thing a plugin must do. Any test runner works: give it the title, call `run`, wait. */
export interface ConformanceCase {
  /** A sentence about behaviour. */
  readonly title: string;
  /**
   * Resolves when the plugin does it, or why it does not apply (the plugin lacks an optional member).
   * @throws what is wrong, mostly an `AssertionError`
   */
  run(): Promise<"passed" | `skipped: ${string}`>;
}

/** Thrown inside of a case that does not apply. */
export class Skip extends Error {}

/** Longest time of one case; the calls inside have shorter ones. */
const CASE_MS = 60_000;

/** Makes a case with a deadline out of a body that may throw {@link Skip}. */
export function conformanceCase(title: string, body: () => Promise<void>): ConformanceCase {
  return {
    title,
    run: async () => {
      try {
        await within(CASE_MS, "the case", body);
        return "passed";
      } catch (error) {
        if (error instanceof Skip) return `skipped: ${error.message}`;
        throw error;
      }
    },
  };
}

/** Waits for work, but not for longer than it may take. */
export async function within<T>(ms: number, what: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
