import type { Flag } from "../../api/types.js";

/** Keys of the segments that a flag needs. */
export function segmentsOf({ rules, rollouts }: Flag): readonly string[] {
  const named = [
    ...rules.flatMap(({ segments }) => segments),
    ...rollouts.flatMap(({ segment }) => segment?.segments ?? []),
  ];
  return [...new Set(named)];
}

/** `no rules`, `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}
