import { Worker } from "node:worker_threads";
import type { ParseJob, ParseReply } from "./parse-job.js";

export type LastReply = Exclude<ParseReply, { type: "flags" }>;

/** What one job came to: the texts of its flags, and the last reply. */
export interface JobResult {
  readonly chunks: readonly string[];
  readonly reply: LastReply;
}

interface Running {
  readonly chunks: string[];
  readonly timer: NodeJS.Timeout;
  readonly done: (result: JobResult) => void;
  readonly failed: (error: Error) => void;
}

/** Room for new objects: parsing gains nothing from more, and a thread that waits holds on to all of it. */
const YOUNG_MEGABYTES = 4;

/** One worker thread with at most one job. It keeps the process alive only while it has one. */
export class ParseThread {
  readonly #worker: Worker;
  readonly #deadlineMs: number;
  #running: Running | undefined;
  #reason = "the thread ended";

  /** @param ended is called once, when the thread is gone for whatever reason */
  constructor(options: { readonly deadlineMs: number; readonly heapMegabytes: number }, ended: () => void) {
    this.#deadlineMs = options.deadlineMs;
    this.#worker = new Worker(new URL("./parse-worker.js", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.#worker.on("message", (reply: ParseReply) => this.#receive(reply));
    this.#worker.on("error", (error: Error) => {
      this.#reason = error.message;
    });
    this.#worker.on("exit", () => {
      ended();
      this.#finish()?.failed(new Error(this.#reason));
    });
    this.#worker.unref();
  }

  /** @throws Error when the thread crashes, fills its heap or takes too long; it is gone then */
  run(job: ParseJob): Promise<JobResult> {
    return new Promise((done, failed) => {
      const timer = setTimeout(() => this.#end(`it took longer than ${this.#deadlineMs} ms`), this.#deadlineMs);
      this.#running = { chunks: [], timer, done, failed };
      this.#worker.ref();
      this.#worker.postMessage(job, [job.bytes.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    this.#reason = "the parser was closed";
    await this.#worker.terminate();
  }

  #receive(reply: ParseReply): void {
    if (reply.type === "flags") this.#running?.chunks.push(reply.text);
    else {
      const running = this.#finish();
      running?.done({ chunks: running.chunks, reply });
    }
  }

  #end(reason: string): void {
    this.#reason = reason;
    void this.#worker.terminate();
  }

  #finish(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(running?.timer);
    this.#worker.unref();
    return running;
  }
}
