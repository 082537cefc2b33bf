import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ParseFailure } from "./parse-failure.js";
import type { ParseJob, ParseReply } from "./parse-job.js";
import { processorTimeMs } from "./processor-time.js";

export type LastReply = Exclude<ParseReply, { type: "flags" | "started" }>;

/** Outcome of one job: the texts of its flags and the last reply, and the time it took. */
export interface JobResult {
  readonly chunks: readonly string[];
  readonly reply: LastReply;
  readonly tookMs: number;
}

interface Running {
  readonly budgetMs: number;
  readonly chunks: string[];
  readonly done: (result: JobResult) => void;
  readonly failed: (error: ParseFailure) => void;
  timer: NodeJS.Timeout;
  startedAt: number;
  processorMs: number | undefined;
  started: boolean;
}

/** Room for new objects: parsing gains nothing from more, and a process that waits holds on to all of it. */
const YOUNG_MEGABYTES = 4;
/** A process that has not begun by then never will. */
const START_DEADLINE_MS = 30_000;
/** A budget is processor time: on a busy machine a file may take this many times longer by the clock. */
const CLOCK_FACTOR = 5;
/** Ways to end that only others bring about: users, or a system that runs out of memory. */
const SIGNALS_OF_OTHERS: ReadonlySet<string | null> = new Set(["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"]);

/**
 * One process that parses, with at most one job. It keeps this process alive only while it has one. It is a process and
 * no thread, since a text may make V8 give up, and that ends the process whatever thread it happens on.
 */
export class ParseProcess {
  readonly #child: ChildProcess;
  #running: Running | undefined;
  #failure: ParseFailure | undefined;
  /** Memory that it may use for objects. */
  readonly heapMegabytes: number;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<void>;

  constructor(options: { readonly heapMegabytes: number }) {
    this.heapMegabytes = options.heapMegabytes;
    this.#child = fork(fileURLToPath(new URL("./parse-worker.js", import.meta.url)), {
      execArgv: [`--max-old-space-size=${options.heapMegabytes}`, `--max-semi-space-size=${YOUNG_MEGABYTES}`],
      // No secret goes where untrusted text is read.
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    });
    this.#child.on("message", (reply: ParseReply) => this.#receive(reply));
    this.ended = new Promise((resolve) => {
      const gone = (failure: ParseFailure): void => {
        resolve();
        this.#failure ??= failure;
        this.#finish()?.failed(this.#failure);
      };
      this.#child.on("error", (error: Error) => gone(new ParseFailure("outside", error.message)));
      this.#child.on("exit", (code, signal) => gone(this.#exited(code, signal)));
    });
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** @throws ParseFailure when the process ends before it has answered, or has used up the budget */
  run(job: ParseJob, budgetMs: number): Promise<JobResult> {
    return new Promise((done, failed) => {
      const late = new ParseFailure("outside", "its process did not start");
      if (this.#failure !== undefined) {
        failed(this.#failure);
        return;
      }
      const timer = setTimeout(() => this.#end(late), START_DEADLINE_MS);
      const startedAt = performance.now();
      this.#running = { budgetMs, chunks: [], done, failed, timer, startedAt, processorMs: undefined, started: false };
      this.#child.ref();
      this.#child.channel?.ref();
      // What cannot be sent any more is told by the end of the process.
      this.#child.send({ ...job, deadlineMs: 2 * budgetMs * CLOCK_FACTOR }, () => {});
    });
  }

  close(): void {
    this.#end(new ParseFailure("closed", "the parser was closed"));
  }

  #receive(reply: ParseReply): void {
    const running = this.#running;
    if (running === undefined) return;
    if (reply.type === "flags") running.chunks.push(reply.text);
    else if (reply.type === "started") this.#begin(running);
    else {
      const tookMs = this.#took(running);
      this.#finish();
      running.done({ chunks: running.chunks, reply, tookMs });
    }
  }

  #begin(running: Running): void {
    running.started = true;
    running.startedAt = performance.now();
    running.processorMs = processorTimeMs(this.#child.pid);
    this.#watch(running, running.budgetMs);
  }

  #watch(running: Running, delayMs: number): void {
    clearTimeout(running.timer);
    running.timer = setTimeout(() => {
      const tookMs = this.#took(running);
      const left = running.budgetMs - tookMs;
      const clockMs = performance.now() - running.startedAt;
      if (left > 0 && clockMs < running.budgetMs * CLOCK_FACTOR) this.#watch(running, Math.max(20, left));
      else this.#end(new ParseFailure("budget", "it takes too long", tookMs));
    }, delayMs);
  }

  /** Processor time of the job so far; where the system does not tell, the time on the clock. */
  #took(running: Running): number {
    const now = running.processorMs === undefined ? undefined : processorTimeMs(this.#child.pid);
    if (now !== undefined && running.processorMs !== undefined) return now - running.processorMs;
    return performance.now() - running.startedAt;
  }

  #exited(code: number | null, signal: string | null): ParseFailure {
    const running = this.#running;
    const how = signal ?? `exit code ${code}`;
    if (running?.started !== true) return new ParseFailure("outside", `its process ended before it began (${how})`);
    const tookMs = performance.now() - running.startedAt;
    if (SIGNALS_OF_OTHERS.has(signal)) return new ParseFailure("outside", `its process was ended (${how})`, tookMs);
    return new ParseFailure("crash", `the process that read it ran out of memory or crashed (${how})`, tookMs);
  }

  #end(failure: ParseFailure): void {
    this.#failure ??= failure;
    // Whoever waits for the end has to see it.
    this.#child.ref();
    this.#child.kill("SIGKILL");
  }

  #finish(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    this.#child.unref();
    this.#child.channel?.unref();
    return running;
  }
}
