import type { Random } from "../random.js";
import type { MemberName } from "./fleet-member.js";

/** Members that take changes: two on one database, and an edge that forwards them. */
export type WriterName = Extract<MemberName, "a" | "b" | "kept">;
export type MortalName = Exclude<MemberName, "witness">;

/** A change, a look away or a fault. Faults go on beside what follows them; one of a kind at a time. */
export type FleetStep =
  | { readonly type: "write"; readonly by: WriterName }
  | { readonly type: "push" }
  | { readonly type: "pause"; readonly ms: number }
  | { readonly type: "end"; readonly member: MortalName; readonly signal: "SIGKILL" | "SIGTERM" }
  | { readonly type: "end-worker" }
  | { readonly type: "cut" | "stop-database" | "freeze-database"; readonly ms: number };

const WRITERS: readonly WriterName[] = ["a", "b", "kept"];
const MORTALS: readonly MortalName[] = ["a", "b", "near", "kept", "far"];
const LONGEST_FAULT_MS = 4_000;
const LONGEST_PAUSE_MS = 600;

export function drawStep(random: Random): FleetStep {
  const lot = random.next();
  if (lot < 0.4) return { type: "write", by: random.pick(WRITERS) };
  if (lot < 0.55) return { type: "push" };
  if (lot < 0.75) return { type: "pause", ms: random.below(LONGEST_PAUSE_MS) };
  if (lot < 0.87)
    return { type: "end", member: random.pick(MORTALS), signal: random.chance(0.8) ? "SIGKILL" : "SIGTERM" };
  if (lot < 0.9) return { type: "end-worker" };
  const ms = random.below(LONGEST_FAULT_MS);
  if (lot < 0.95) return { type: "cut", ms };
  return { type: random.chance(0.5) ? "stop-database" : "freeze-database", ms };
}
