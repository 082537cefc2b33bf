import { fstatSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import type { LogConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { type DestinationStream, pino, symbols } from "pino";
import { LEVELS, PRIORITIES } from "./levels.js";
import type { LoggerOptions } from "./logger-options.js";
import { pretty } from "./pretty.js";

const STDOUT = 1;
/** Bytes that may wait for a slow reader of the log; lines beyond are lost, and the daemon goes on. */
const WAITING_BYTES = 16 * 2 ** 20;
/** How long the end waits for a reader that stands still. */
const END_MS = 2_000;

/**
 * A file or stdout, which may be full or gone: that loses lines, and neither stops the daemon nor keeps it from
 * stopping.
 */
class Sink {
  readonly #stream: ReturnType<typeof pino.destination>;
  #over = false;

  constructor(dest: number) {
    this.#stream = pino.destination({ dest, sync: false, maxLength: WAITING_BYTES });
    this.#stream.on("error", ({ code }: NodeJS.ErrnoException) => {
      // pino has cut the stream off: nothing of it would answer.
      if (code === "EPIPE") this.#over = true;
    });
  }

  write(line: string): void {
    if (!this.#over) this.#stream.write(line);
  }

  /** In order: emptied at once, it would let the waiting lines overtake the one that is being written. */
  async end(): Promise<void> {
    if (this.#over) return;
    const stream = this.#stream;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, END_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      stream.once("close", done).once("error", done);
      stream.end();
    });
    this.#over = true;
    // What could not be written is given up; at the process's end it would be tried for ever.
    stream.destroy();
  }
}

export interface Destination {
  readonly stream: DestinationStream;
  reopen(): void;
  /** Resolves when all lines are written. The last that is asked of it. */
  end(): Promise<void>;
}

/** Tells whether lines are made readable: on a terminal only, and not where `log.encoding` is json. */
export function isReadable(log: LogConfig): boolean {
  return log.file === undefined && log.encoding !== "json" && isatty(STDOUT);
}

/** Where lines go: `log.file`, else stdout. */
export function openDestination(log: LogConfig, options: LoggerOptions): Destination {
  if (options.write !== undefined) {
    return { stream: { write: options.write }, reopen: () => undefined, end: async () => undefined };
  }
  if (log.file !== undefined) return fileDestination(log.file);
  const stdout = new Sink(STDOUT);
  const rest = { reopen: () => undefined, end: () => stdout.end() };
  if (isReadable(log)) {
    const format = pretty(log.keys, true);
    return { stream: { write: (line) => stdout.write(format(line)) }, ...rest };
  }
  const stream = { write: (line: string) => stdout.write(line) };
  return { stream: isJournal(options.env ?? {}) ? withPriorities(stream) : stream, ...rest };
}

/**
 * Tells whether stdout itself is the journal's socket (systemd.exec(5), `JOURNAL_STREAM`): device and inode must be
 * its own.
 */
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
    stream: { write: (line) => current.write(line) },
    reopen() {
      const before = current;
      current = openFile(file);
      closed = Promise.all([closed, before.end()]);
    },
    async end() {
      await Promise.all([closed, current.end()]);
    },
  };
}

/** Opened at once, so that what is logged before the event loop turns is not lost when the start fails. */
function openFile(file: string): Sink {
  try {
    return new Sink(openSync(file, "a", 0o640));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `log.file: cannot write ${file}: ${code ?? "unknown reason"}`, {
      cause: error,
    });
  }
}
