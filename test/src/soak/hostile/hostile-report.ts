import type { HealthReport } from "./health-watch.js";
import type { InnocentReport } from "./innocent-client.js";
import type { MemoryReport } from "./memory-watch.js";
import type { StepReport } from "./step-log.js";

export type CaseKind = "files" | "packs" | "refs" | "requests";

export interface HostileSoakReport {
  /** Cases by what they were: files, packs, ref lists, requests. */
  readonly cases: Readonly<Record<CaseKind, number>>;
  /** Cases that were to be replayed. */
  readonly wanted: number;
  /** Starts, all but the first on top of hostile files. */
  readonly starts: number;
  readonly tookMs: number;
  readonly health: HealthReport;
  /** The same of a server that does nothing, on the same machine at the same time. */
  readonly bare: HealthReport;
  readonly memory: MemoryReport;
  /** Resident set of the daemon's own process some seconds after the last case. */
  readonly afterwardsBytes: number;
  readonly innocent: InnocentReport;
  readonly steps: ReadonlyMap<string, StepReport>;
  /** Answers of 500 and above to what is no hostile request, and how often each came. */
  readonly errors: ReadonlyMap<string, number>;
  /** Ways in which the daemon ended that nobody asked for, and bounds that the run hit. */
  readonly deaths: readonly string[];
}

const MEGABYTE = 2 ** 20;
/** Bounds that the daemon keeps with its default limits. */
const SILENCE_MS = 1_000;
/** A machine on which a server that does nothing is silent for longer is busy with something else. */
const MACHINE_MS = 200;
const PRIMARY_BYTES = 700 * MEGABYTE;

/** Lists the rules that the daemon did not hold, a sentence each; nothing when all held. */
export function unheld(report: HostileSoakReport): readonly string[] {
  const { health, innocent, memory, steps } = report;
  const done = casesOf(report);
  const unanswered = [...steps].filter(([, step]) => step.unanswered > 0);
  return [
    ...report.deaths,
    ...innocent.lost.map((lost) => `lost: ${lost}`),
    ...(done < report.wanted ? [`only ${done} of ${report.wanted} cases were replayed`] : []),
    ...(innocent.failedReads > 0 ? [`${innocent.failedReads} reads of another storage failed`] : []),
    ...(health.failures > 0 ? [`/health/live failed ${health.failures} times`] : []),
    ...(silentMs(report) > SILENCE_MS ? [`/health/live was silent for more than ${SILENCE_MS} ms`] : []),
    ...(memory.primaryBytes > PRIMARY_BYTES ? [`the primary took more than ${megabytes(PRIMARY_BYTES)}`] : []),
    ...unanswered.map(([kind, step]) => `${step.unanswered} of ${step.count} × ${kind} were not answered in time`),
  ];
}

/**
 * The silence that is the daemon's own: what it did instead of answering. Where the machine answers in time, all of its
 * silence is.
 */
function silentMs({ health, bare }: HostileSoakReport): number {
  return bare.longestSilenceMs > MACHINE_MS ? health.longestBusyMs : health.longestSilenceMs;
}

/** The report as lines of text. */
export function reportLines(report: HostileSoakReport): readonly string[] {
  const { cases, health, bare, memory, innocent } = report;
  const seconds = Math.round(report.tookMs / 1_000);
  return [
    `cases: ${cases.files} files, ${cases.packs} packs, ${cases.refs} ref lists, ${cases.requests} requests; ${report.starts} starts; ${seconds} s, ${Math.round((60 * casesOf(report)) / Math.max(1, seconds))} cases a minute`,
    `longest silence of /health/live: ${rounded(health.longestSilenceMs)} (${health.answers} answers, ${health.failures} failures${JSON.stringify(health.reasons)}), at work for ${rounded(health.longestBusyMs)} of one; of a bare server beside it: ${rounded(bare.longestSilenceMs)}`,
    `peak memory: ${megabytes(memory.primaryBytes)} primary, ${megabytes(memory.allBytes)} all processes; afterwards ${megabytes(report.afterwardsBytes)} primary`,
    `writes of another storage: ${innocent.writes}, ${innocent.refused} refused, ${innocent.lost.length} lost, slowest ${rounded(innocent.slowestWriteMs)}; reads: ${innocent.reads}, ${innocent.failedReads} failed ${JSON.stringify(innocent.reasons)}`,
    ...[...report.steps].map(
      ([kind, { count, slowestMs, totalMs, unanswered }]) =>
        `${kind}: ${count}, slowest ${rounded(slowestMs)}, ${rounded(totalMs / count)} on average, ${unanswered} unanswered`,
    ),
    ...[...report.errors].map(([error, count]) => `${count} × ${error}`),
  ];
}

const casesOf = ({ cases }: HostileSoakReport): number => Object.values(cases).reduce((sum, count) => sum + count, 0);
const megabytes = (bytes: number): string => `${Math.round(bytes / MEGABYTE)} MB`;
const rounded = (ms: number): string => `${Math.round(ms)} ms`;
