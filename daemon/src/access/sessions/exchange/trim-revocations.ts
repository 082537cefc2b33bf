import { coveringAll, type Revocation } from "../revocation.js";

/**
 * Ends of sessions that are left when they are more than a place keeps. Of proven ones none comes back: for each
 * provider one takes the place of the older ones, and ends more. Unproven ones, which anybody can bring about, never end
 * the sessions of others: of them the newest are kept.
 * @param all the oldest first
 */
export function trimRevocations(all: readonly Revocation[], most: number): readonly Revocation[] {
  if (all.length <= most) return all;
  const unproven = all.filter((one) => one.unproven === true).slice(-most / 4);
  const proven = all.filter((one) => one.unproven !== true);
  if (proven.length + unproven.length <= most) return [...proven, ...unproven];
  const older = proven.splice(0, proven.length - most / 2);
  return [...coveringAll(older), ...proven, ...unproven];
}
