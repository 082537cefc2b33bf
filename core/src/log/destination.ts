import { fstatSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { type DestinationStream, pino, symbols } from "pino";
import type { LogConfig } from "../config/config.js";
import { VexilError } from "../errors/vexil-error.js";
import { LEVELS, PRIORITIES } from "./levels.js";
import type { LoggerOptions } from "./logger.js";
import { pretty } from "./pretty.js";

const STDOUT = 1;
/** What may wait for a slow reader of the log; lines beyond are lost, and the daemon goes on. */
const WAITING_BYTES = 16 * 2 ** 20;
/** How long the end waits for a reader that stands still. */
const END_MS = 2_000;

type Sink = ReturnType<typeof pino.destination>;

export interface Destination {
  readonly stream: DestinationStream;
  reopen(): void;
  /** Resolves when all lines are written. The last that is asked of it. */
  end(): Promise<void>;
}

/** Whether lines are made readable: on a terminal only, and not where `log.encoding` is json. */
export function isReadable(log: LogConfig): boolean {
  return log.file === undefined && log.encoding !== "json" && isatty(STDOUT);
}

/** Where lines go: `log.file`, else stdout. */
export function openDestination(log: LogConfig, options: LoggerOptions): Destination {
  if (options.write !== undefined) {
    return { stream: { write: options.write }, reopen: () => undefined, end: async () => undefined };
  }
  if (log.file !== undefined) return fileDestination(log.file);
  const stdout = pino.destination({ dest: STDOUT, sync: false, maxLength: WAITING_BYTES });
  const rest = { reopen: () => undefined, end: () => ended(stdout) };
  if (isReadable(log)) {
    const format = pretty(log.keys, true);
    return { stream: { write: (line) => void stdout.write(format(line)) }, ...rest };
  }
  // Not the sink itself: pino empties one at a fatal line, past a line that is being written just then.
  const stream = { write: (line: string) => void stdout.write(line) };
  return { stream: isJournal(options.env ?? {}) ? withPriorities(stream) : stream, ...rest };
}

/** Whether stdout itself is the journal's socket (systemd.exec(5), `JOURNAL_STREAM`): device and inode must be its own. */
function isJournal(env: Readonly<Record<string, string | undefined>>): boolean {
  const stream = env.JOURNAL_STREAM;
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(STDOUT, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** sd-daemon(3): `<6>` before a line tells the journal its priority. */
function withPriorities(stream: DestinationStream): DestinationStream {
  const priorities = new Map(Object.entries(PRIORITIES).map(([level, priority]) => [LEVELS[level as never], priority]));
  const wrapped = {
    [symbols.needsMetadataGsym]: true,
    lastLevel: LEVELS.info,
    write(line: string): void {
      stream.write(`<${priorities.get(wrapped.lastLevel as never) ?? PRIORITIES.info}>${line}`);
    },
  };
  return wrapped;
}

function fileDestination(file: string): Destination {
  let current = openFile(file);
  let closed: Promise<unknown> = Promise.resolve();
  return {
    stream: { write: (line) => void current.write(line) },
    reopen() {
      const before = current;
      current = openFile(file);
      closed = Promise.all([closed, ended(before)]);
    },
    async end() {
      await Promise.all([closed, ended(current)]);
    },
  };
}

/** Opened at once, so that what is logged before the event loop turns is not lost when the start fails. */
function openFile(file: string): Sink {
  try {
    return pino.destination({ dest: openSync(file, "a", 0o640), sync: false, maxLength: WAITING_BYTES });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `log.file: cannot write ${file}: ${code ?? "unknown reason"}`, {
      cause: error,
    });
  }
}

/** In order: emptied at once, a sink would let the waiting lines overtake the one that is being written. */
function ended(sink: Sink): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, END_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    sink.once("close", done).once("error", done);
    sink.end();
  });
}
