import { access, constants, stat } from "node:fs/promises";
import { type Logger, type Sink, type SinkEvent, VexilError } from "@vexil/plugin-api";
import { EVENTS } from "./events.js";
import { type Ending, ProcessGroup, type Program } from "./process-group.js";

export interface CommandOptions extends Program {
  readonly timeoutMs: number;
  readonly sink: string;
  readonly logger: Logger;
}

/** EX_DATAERR of sysexits(3): the event is not taken, and never will be. */
const REFUSED = 65;
/** From SIGTERM to SIGKILL: after the time limit, and when the daemon does not wait any longer. */
const GRACE_MS = { late: 5_000, ending: 2_000 } as const;
/** The host ends a delivery a little later than all of this takes. */
const MARGIN_MS = 8_000;

/** Runs a command for each event, which is a line of JSON on its standard input. */
export class Command implements Sink {
  readonly deliverMs: number;
  readonly #options: CommandOptions;
  readonly #closing = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: CommandOptions) {
    this.#options = options;
    this.deliverMs = options.timeoutMs + MARGIN_MS;
  }

  deliver([event]: readonly SinkEvent[], { signal }: { readonly signal: AbortSignal }): Promise<void> {
    // Also one that the host has given up may still be ending.
    const done = this.#running.then(async () => {
      const ending = AbortSignal.any([signal, this.#closing.signal]);
      if (ending.aborted) throw unavailable("is not run any more: it was called off");
      this.#judge(await this.#run(`${JSON.stringify(event)}\n`, ending));
    });
    this.#running = done.catch(() => undefined);
    return done;
  }

  async examine(): Promise<string> {
    const { command, directory } = this.#options;
    const [program = ""] = command;
    for (const [path, mode] of [
      [program, constants.X_OK],
      [directory, constants.X_OK],
    ] as const) {
      await access(path, mode).catch((error: NodeJS.ErrnoException) => {
        throw unavailable(`cannot be run: ${path}: ${error.code}`);
      });
    }
    if (!(await stat(program)).isFile()) throw unavailable(`cannot be run: ${program} is no file`);
    return `${program} can be run`;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(input: string, ending: AbortSignal): Promise<Ending> {
    const { timeoutMs } = this.#options;
    const group = start(this.#options, input);
    let end: string | undefined;
    let kill: NodeJS.Timeout | undefined;
    let killAt = Number.POSITIVE_INFINITY;
    const stop = (why: string, graceMs: number): void => {
      end ??= why;
      group.kill("SIGTERM");
      // Who is told to end twice has no more time for that: the daemon's own may be over.
      if (performance.now() + graceMs >= killAt) return;
      killAt = performance.now() + graceMs;
      clearTimeout(kill);
      kill = setTimeout(() => group.kill("SIGKILL"), graceMs);
    };
    const called = (): void => stop("was called off", GRACE_MS.ending);
    const late = setTimeout(() => {
      this.#log("command.overdue", { timeout_ms: timeoutMs });
      stop(`did not end within ${timeoutMs} ms`, GRACE_MS.late);
    }, timeoutMs);
    ending.addEventListener("abort", called, { once: true });
    try {
      const outcome = await group.ended;
      // What it had done by then counts, also where it was told to end just after.
      if (end === undefined || outcome.code === 0) return outcome;
      this.#say(outcome, "warn");
      throw unavailable(end);
    } catch (error) {
      throw VexilError.is(error) ? error : unavailable(`cannot be started: ${codeOf(error)}`, error);
    } finally {
      clearTimeout(late);
      clearTimeout(kill);
      ending.removeEventListener("abort", called);
    }
  }

  #judge(outcome: Ending): void {
    const { code, signal } = outcome;
    this.#say(outcome, code === 0 ? "debug" : "warn");
    if (code === 0) return;
    const program = this.#options.command[0];
    if (code === REFUSED)
      throw new VexilError("VEXIL_REFUSED_EVENT", `${program} refused the event with status ${code}`);
    throw unavailable(signal === null ? `ended with status ${code}` : `was ended by ${signal}`);
  }

  #say({ stderr }: Ending, level: "debug" | "warn"): void {
    const text = stderr.trim();
    if (text !== "") this.#log("command.said", { text }, level);
  }

  #log(
    event: keyof typeof EVENTS,
    fields: Readonly<Record<string, string | number>>,
    level: "debug" | "warn" = "warn",
  ): void {
    const { logger, sink } = this.#options;
    logger.log(level, event, EVENTS[event].message, { sink, ...fields });
  }
}

function start(program: Program, input: string): ProcessGroup {
  try {
    return new ProcessGroup(program, input);
  } catch (error) {
    throw unavailable(`cannot be started: ${codeOf(error)}`, error);
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

function unavailable(what: string, cause?: unknown): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_SINK", `the command ${what}`, { cause });
}
