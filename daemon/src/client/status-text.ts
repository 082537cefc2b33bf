import { counted } from "./counted.js";
import { printableLine } from "./printable.js";
import type { UpstreamAnswer } from "./upstream-text.js";

/** One storage as `/api/status` answers it. */
export interface StorageAnswer {
  readonly id: string;
  readonly backend: string;
  readonly state: string;
  readonly revision: string;
  readonly environments: readonly string[];
  readonly lastSuccess?: string;
  readonly stalenessSeconds: number;
  readonly lastError?: { readonly code: string; readonly step: string; readonly message: string; readonly at: string };
  readonly leaseHeld?: boolean;
  readonly quarantined: readonly {
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly namespace: string;
    readonly reason: string;
    readonly test?: boolean;
  }[];
  readonly failingTests?: readonly {
    readonly environment: string;
    readonly file: string;
    readonly line?: number;
    readonly column?: number;
    readonly namespaces: readonly string[];
    readonly reason: string;
    readonly enforced: boolean;
  }[];
  readonly unread?: readonly string[];
  readonly unservedBranches?: readonly {
    readonly environment: string;
    readonly limit: number;
    readonly count: number;
    readonly names: readonly string[];
  }[];
  readonly unservedNamespaces?: readonly {
    readonly environment: string;
    readonly namespace: string;
    readonly searching?: boolean;
  }[];
  readonly warnings?: readonly string[];
  readonly uncommitted?: readonly string[];
  readonly blocked?: { readonly code: string; readonly reason: string };
}

export interface StatusAnswer {
  readonly version: string;
  readonly startedAt: string;
  readonly storages: readonly StorageAnswer[];
  readonly sinks?: readonly SinkAnswer[];
  /** Of an edge. */
  readonly upstream?: UpstreamAnswer;
}

/** One sink as `/api/status` answers it. */
export interface SinkAnswer {
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly delivered: number;
  readonly dropped: number;
  readonly lag: { readonly commits: number; readonly seconds: number };
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: string };
}

export const isReady = ({ state }: StorageAnswer): boolean => state === "ready";

/** Tells whether there is nothing that an operator should look at. */
export const isWell = (storage: StorageAnswer): boolean => isReady(storage) && storage.quarantined.length === 0;

/** Time for which an error that is over is still shown: a night, and the morning after. */
const SHOWN_MS = 24 * 3_600_000;

function isPast(storage: StorageAnswer, at: string): boolean {
  return isReady(storage) && Date.now() - Date.parse(at) > SHOWN_MS;
}

function age(at: string): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(at)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function shownPlace({
  file,
  line,
  column,
}: Omit<StorageAnswer["quarantined"][number], "namespace" | "reason">): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

/** A storage's status for users, a line for each thing that there is to know. */
export function shownStorage(storage: StorageAnswer): string {
  const { id, backend, state, revision, environments, lastError, blocked } = storage;
  const seconds = Math.round(storage.stalenessSeconds);
  const stale =
    storage.lastSuccess === undefined ? `, nothing came in ${seconds} s yet` : `, last success ${seconds} s ago`;
  const lines = [
    `${id} (${backend}): ${state}${isReady(storage) ? "" : stale}`,
    `  revision ${revision === "" ? "(none yet)" : revision}${environments.length === 0 ? "" : `  environments ${environments.join(", ")}`}`,
    ...(lastError === undefined || isPast(storage, lastError.at)
      ? []
      : [
          `  ${isReady(storage) ? `recovered; the last error was ${age(lastError.at)} ago, at` : "last error"} ${lastError.at} ${lastError.step}: ${lastError.message} (${lastError.code})`,
        ]),
    ...(storage.leaseHeld === false ? ["  another daemon polls the remote"] : []),
    ...(blocked === undefined ? [] : [`  cannot be written: ${blocked.reason} (${blocked.code})`]),
    ...(storage.unservedBranches ?? []).map(
      ({ environment, limit, count, names }) =>
        `  ${count} branches of ${environment} are not served, since max_branches is ${limit}: ${names.join(", ")}${names.length < count ? ", …" : ""}`,
    ),
    ...(storage.unservedNamespaces ?? []).map(
      ({ environment, namespace, searching }) =>
        `  not served: ${environment}/${namespace} ${searching === true ? "is faulty; its history is being searched for a version without faults" : "has no version without faults"}`,
    ),
    ...(storage.warnings ?? []).map((warning) => `  warning: ${warning}`),
    ...(storage.uncommitted ?? []).map((path) => `  uncommitted ${path}`),
    ...(storage.unread ?? []).map((path) => `  not read yet: ${path}`),
    ...storage.quarantined
      .filter(({ test }) => test !== true)
      .map(({ namespace, reason, ...place }) => `  quarantined ${namespace}: ${shownPlace(place)}: ${reason}`),
    ...(storage.failingTests ?? []).map(({ environment, namespaces, reason, enforced, ...place }) => {
      const about = namespaces.length === 0 ? environment : `${environment}/${namespaces.join(", ")}`;
      return `  ${enforced ? "held back by tests" : "failing test"} ${about}: ${shownPlace(place)}: ${reason}`;
    }),
  ];
  return `${lines.map(printableLine).join("\n")}\n`;
}

/** A sink's status for users. */
export function shownSink({ name, type, state, delivered, dropped, lag, lastError }: SinkAnswer): string {
  const behind =
    lag.commits === 0
      ? "nothing waits"
      : `${counted(lag.commits, "commit")} ${lag.commits === 1 ? "waits" : "wait"}, for ${lag.seconds} s`;
  const aside = dropped === 0 ? "" : `, ${dropped} put aside`;
  const error =
    lastError === undefined ? "" : `  last error ${lastError.at}: ${lastError.message} (${lastError.code})\n`;
  return `sink ${name} (${type}): ${state}\n  ${counted(delivered, "event")} delivered${aside}; ${behind}\n${error}`;
}
