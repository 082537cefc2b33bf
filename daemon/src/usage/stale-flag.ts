import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { hourOf } from "./hour-counts.js";
import type { FlagUsage } from "./usage-book.js";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** A time to look back, as of a moment; counts go back to `oldest`. Moments are epoch milliseconds. */
export interface UsageSpan {
  readonly now: number;
  readonly oldest: number;
  readonly days: number;
}

/** Why somebody should look at a flag, and whether it can go. */
export const STALE_REASONS = {
  unevaluated: "nobody has asked for it",
  "one-answer": "all got the same answer",
  fixed: "it has one answer for all",
  expired: "its metadata.expires is past",
  "bad-expiry": "its metadata.expires is no date",
  unowned: "it has no metadata.owner",
} as const;

export type StaleReason = keyof typeof STALE_REASONS;

/** Reasons in the metadata of a flag. */
export function metadataReasons({ metadata }: Pick<CompiledFlag, "metadata">, now: number): readonly StaleReason[] {
  const { owner, expires } = metadata ?? {};
  const end = expires === undefined ? undefined : endOf(expires);
  return [
    ...(end === undefined
      ? []
      : Number.isNaN(end)
        ? (["bad-expiry"] as const)
        : end <= now
          ? (["expired"] as const)
          : []),
    ...(typeof owner === "string" && owner.trim() !== "" ? [] : (["unowned"] as const)),
  ];
}

/** Reasons in what a flag has answered: of the days before now. */
export function usageReasons(
  { metadata }: Pick<CompiledFlag, "metadata">,
  usage: FlagUsage | undefined,
  { now, oldest, days }: UsageSpan,
): readonly StaleReason[] {
  const since = now - days * DAY_MS;
  // Of a flag that is not known for so long nothing can be said.
  if (usage === undefined || usage.first > since) return [];
  if ((usage.last ?? 0) < since) return ["unevaluated"];
  // Of answers before the oldest hour that is kept nothing can be said either.
  if (metadata?.permanent === true || oldest - since > HOUR_MS) return [];
  const [from, to] = [hourOf(since), hourOf(now)];
  const values = new Set(usage.answers.filter(({ counts }) => counts.hasAny(from, to)).map(({ value }) => value));
  return values.size === 1 ? ["one-answer"] : [];
}

/** The reason in how a flag is written, where nobody counts its answers: it has but one. */
export function fixedReasons(flag: CompiledFlag): readonly StaleReason[] {
  return flag.metadata?.permanent !== true && hasOneAnswer(flag) ? ["fixed"] : [];
}

function hasOneAnswer({ type, enabled, rules, rollouts, defaultVariant }: CompiledFlag): boolean {
  if (type === "BOOLEAN_FLAG_TYPE") {
    const whole = rollouts.findIndex((one) => one.type === "threshold" && one.percentage >= 100);
    const counting = whole < 0 ? rollouts : rollouts.slice(0, whole + 1);
    const values = new Set(counting.filter(isPossible).map(({ value }) => value));
    if (whole < 0) values.add(enabled);
    return values.size === 1;
  }
  if (!enabled || rules.length === 0) return true;
  const variants = new Set(rules.flatMap((rule) => rule.variants.map(({ key }) => key)));
  // Who is in no segment gets the default variant, or none.
  variants.add(defaultVariant?.key ?? "");
  return variants.size === 1;
}

function isPossible(rollout: CompiledFlag["rollouts"][number]): boolean {
  return rollout.type === "segment" || rollout.percentage > 0;
}

/** When a date or time is past: epoch milliseconds; NaN for what is neither. A day ends at midnight UTC. */
function endOf(expires: unknown): number {
  if (typeof expires !== "string") return Number.NaN;
  const time = Date.parse(expires.trim());
  return /^\d{4}-\d{2}-\d{2}$/.test(expires.trim())
    ? time + DAY_MS
    : /^\d{4}-\d{2}-\d{2}[T ]/.test(expires)
      ? time
      : Number.NaN;
}
