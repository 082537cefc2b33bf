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

export interface Destination {
  readonly stream: DestinationStream;
  reopen(): void;
  flush(): void;
}

/** Where lines go: `log.file`, else stdout; readable on a terminal unless `log.encoding` is json. */
export function openDestination(log: LogConfig, options: LoggerOptions): Destination {
  const idle = { reopen: () => undefined, flush: () => undefined };
  if (options.write !== undefined) return { stream: { write: options.write }, ...idle };
  if (log.file !== undefined) return fileDestination(log.file);
  const stdout = pino.destination({ dest: STDOUT, sync: false, maxLength: WAITING_BYTES });
  const flush = (): void => stdout.flushSync();
  if (isatty(STDOUT) && log.encoding !== "json") {
    const format = pretty(log.keys, true);
    return { stream: { write: (line) => stdout.write(format(line)) }, reopen: () => undefined, flush };
  }
  const stream = isJournal(options.env ?? {}) ? withPriorities(stdout) : stdout;
  return { stream, reopen: () => undefined, flush };
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
  return {
    stream: { write: (line) => void current.write(line) },
    reopen() {
      const before = current;
      current = openFile(file);
      before.end();
    },
    flush: () => current.flushSync(),
  };
}

/** Opened at once, so that what is logged before the event loop turns is not lost when the start fails. */
function openFile(file: string): ReturnType<typeof pino.destination> {
  try {
    return pino.destination({ dest: openSync(file, "a", 0o640), sync: false, maxLength: WAITING_BYTES });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VexilError("VEXIL_VALIDATION_CONFIG", `log.file: cannot write ${file}: ${code ?? "unknown reason"}`, {
      cause: error,
    });
  }
}
