import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Marks that tell one process from all others, also from a later one that got its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot at which it started; undefined where /proc does not tell. */
  readonly started: string | undefined;
  /** Boot and process-number space, so that numbers of other machines and containers are not mistaken for ours. */
  readonly space: string;
  readonly host: string;
}

export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    started: startOf(process.pid),
    space: `${read("/proc/sys/kernel/random/boot_id") ?? ""} ${link("/proc/self/ns/pid") ?? ""}`.trim(),
    host: hostname(),
  };
}

/** A short name for a process, for the files that it has not finished yet. */
export function markOf({ pid, started, space, host }: ProcessIdentity): string {
  return createHash("sha1")
    .update(JSON.stringify([pid, started, space, host]))
    .digest("hex")
    .slice(0, 12);
}

let mark: string | undefined;

/** The mark of this process. */
export function ownMark(): string {
  mark ??= markOf(ownIdentity());
  return mark;
}

/** Tells whether the process still runs; undefined when that cannot be seen from here. */
export function isAlive(other: ProcessIdentity): boolean | undefined {
  const own = ownIdentity();
  if (other.space !== own.space || other.host !== own.host) return undefined;
  try {
    process.kill(other.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const started = startOf(other.pid);
  if (other.started === undefined || started === undefined) return undefined;
  return started === other.started;
}

/** Field 22 of /proc/pid/stat (proc(5)); the name before it may hold spaces and brackets. A zombie runs no more. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? "ended" : fields?.[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
