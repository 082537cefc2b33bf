import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";

type Flags = ReadonlyMap<string, CompiledFlag>;

/** How flags are made of those before, one after the other: so many are the same, are gone, or come. */
export type FlagsStep =
  | { readonly same: number }
  | { readonly gone: number }
  | { readonly flags: readonly CompiledFlag[] };

/** Flags that one part is about: to put them into a map takes a millisecond or two. */
const FLAGS_IN_A_PART = 8_192;
const FRESH_IN_A_PART = 500;

/** Tells the difference between two maps of flags, their order included; yields undefined where others may have a turn. */
export function* changedFlags(before: Flags, after: Flags): Generator<readonly FlagsStep[] | undefined> {
  const old = before.values();
  let next = old.next();
  let part = new Steps();
  const moved = new Set<string>();
  const skipMoved = (): void => {
    for (; next.done !== true && moved.has(next.value.key); next = old.next()) part.gone();
  };
  for (const [key, flag] of after) {
    if (moved.size > 0) skipMoved();
    for (; next.done !== true && next.value !== flag; next = old.next()) {
      if (next.value.key === key || after.has(next.value.key)) break;
      part.gone();
    }
    if (next.done !== true && next.value === flag) {
      part.same();
      next = old.next();
    } else if (next.done !== true && next.value.key === key) {
      part.gone();
      part.come(flag);
      next = old.next();
    } else {
      part.come(flag);
      if (before.has(key)) moved.add(key);
    }
    if (!part.isFull) continue;
    yield part.steps;
    part = new Steps();
  }
  yield part.steps;
}

class Steps {
  readonly steps: FlagsStep[] = [];
  #last: { same?: number; gone?: number; flags?: CompiledFlag[] } = {};
  #count = 0;
  #fresh = 0;

  get isFull(): boolean {
    return this.#count >= FLAGS_IN_A_PART || this.#fresh >= FRESH_IN_A_PART;
  }

  same(): void {
    this.#count += 1;
    if (this.#last.same === undefined) this.#begin({ same: 0 });
    this.#last.same = (this.#last.same ?? 0) + 1;
  }

  gone(): void {
    this.#count += 1;
    if (this.#last.gone === undefined) this.#begin({ gone: 0 });
    this.#last.gone = (this.#last.gone ?? 0) + 1;
  }

  come(flag: CompiledFlag): void {
    this.#fresh += 1;
    if (this.#last.flags === undefined) this.#begin({ flags: [] });
    this.#last.flags?.push(flag);
  }

  #begin(step: { same: number } | { gone: number } | { flags: CompiledFlag[] }): void {
    this.#last = step;
    this.steps.push(step);
  }
}

/** Follows the steps from one map of flags to the next. */
export class FlagsInTheMaking {
  readonly flags: Map<string, CompiledFlag> = new Map();
  readonly #old: Iterator<CompiledFlag, unknown>;

  constructor(before: Flags) {
    this.#old = before.values();
  }

  follow(steps: readonly FlagsStep[]): void {
    for (const step of steps) {
      if ("flags" in step) {
        for (const flag of step.flags) this.flags.set(flag.key, flag);
        continue;
      }
      const isKept = "same" in step;
      for (let left = isKept ? step.same : step.gone; left > 0; left -= 1) {
        const { value } = this.#old.next() as IteratorYieldResult<CompiledFlag>;
        if (isKept) this.flags.set(value.key, value);
      }
    }
  }
}
