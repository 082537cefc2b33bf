import { LEVELS, levelNamed } from "@vexil/engine/observe/levels";
import type { Level } from "@vexil/plugin-api";

/** A line of a log, as far as it could be understood. */
export interface LogLine {
  /** Without the journal's priority. */
  readonly text: string;
  /** undefined for a line that is no JSON object. */
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly keys: { readonly time: string; readonly level: string; readonly message: string };
  readonly level: Level | undefined;
  /** Epoch milliseconds. */
  readonly time: number | undefined;
}

/** sd-daemon(3), the other way round. */
const LEVEL_OF: Readonly<Record<string, Level>> = {
  "0": "fatal",
  "1": "fatal",
  "2": "fatal",
  "3": "error",
  "4": "warn",
  "5": "info",
  "6": "info",
  "7": "debug",
};

/** Reads one line: `<N>` before it is the journal's priority; the names of `log.keys` are guessed from those in use. */
export function readLogLine(raw: string): LogLine {
  const priority = /^<([0-7])>/.exec(raw);
  const text = priority === null ? raw : raw.slice(3);
  const fields = parseObject(text);
  const keys = {
    time: nameIn(fields, ["time", "T", "ts", "timestamp"]),
    level: nameIn(fields, ["level", "L", "severity"]),
    message: nameIn(fields, ["message", "M", "msg"]),
  };
  const time = Date.parse(String(fields?.[keys.time]));
  return {
    text,
    fields,
    keys,
    level: levelNamed(String(fields?.[keys.level])) ?? LEVEL_OF[priority?.[1] ?? ""],
    time: Number.isNaN(time) ? undefined : time,
  };
}

export interface LogFilter {
  /** That level and graver ones. */
  readonly level?: Level;
  /** An event, or all of a kind: `fetch.*`. */
  readonly event?: string;
  readonly storage?: string;
  /** A caller (`token:ci`), or all that begin like it: `oidc:*`. */
  readonly actor?: string;
  /** Epoch milliseconds. */
  readonly since?: number;
}

/** Tells whether a line is wanted. What is no JSON passes only while nothing is filtered. */
export function isWanted({ fields, level, time }: LogLine, filter: LogFilter): boolean {
  if (Object.keys(filter).length === 0) return true;
  if (fields === undefined) return false;
  if (filter.level !== undefined && (level === undefined || LEVELS[level] < LEVELS[filter.level])) return false;
  if (filter.event !== undefined && !isEvent(String(fields.event ?? ""), filter.event)) return false;
  if (filter.storage !== undefined && fields.storage !== filter.storage) return false;
  if (filter.actor !== undefined && !isActor(fields.actor, filter.actor)) return false;
  return filter.since === undefined || (time !== undefined && time >= filter.since);
}

function isEvent(event: string, wanted: string): boolean {
  return wanted.endsWith(".*") ? event.startsWith(wanted.slice(0, -1)) : event === wanted;
}

function isActor(actor: unknown, wanted: string): boolean {
  if (typeof actor !== "string") return false;
  return actor === wanted || (wanted.endsWith("*") && actor.startsWith(wanted.slice(0, -1)));
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function nameIn(fields: object | undefined, names: readonly [string, ...string[]]): string {
  return names.find((name) => fields !== undefined && Object.hasOwn(fields, name)) ?? names[0];
}
