import { Worker } from "node:worker_threads";
import type { ParsedFile } from "../features/document.js";
import type { FileLayout } from "../features/file-layout.js";
import type { Position, ValuePlace } from "../features/locate-values.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { fromReplies, type ParseJob, type ParseReply } from "./parse-job.js";
import { TimeSlice } from "./time-slice.js";

interface Job {
  readonly ask: ParseJob;
  readonly chunks: string[];
  readonly done: (reply: LastReply) => void;
  readonly failed: (reason: string) => void;
}

type LastReply = Exclude<ParseReply, { type: "flags" }>;

export interface WorkerParserOptions {
  /** Threads at most; they start when there is work for them. */
  readonly threads: number;
  /** Time for one file, after which it counts as a fault of the file. */
  readonly deadlineMs: number;
  /** Heap of a thread in megabytes; a file that needs more is at fault. */
  readonly heapMegabytes: number;
}

/** Parses in worker threads. A file that crashes, fills or hangs its thread is a file with a fault; the thread is replaced. */
export class WorkerParser implements FileParser {
  readonly #options: WorkerParserOptions;
  readonly #waiting: Job[] = [];
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  #closed = false;

  constructor(options: WorkerParserOptions) {
    this.#options = options;
  }

  async parse(file: SourceFile): Promise<ParsedFile> {
    const chunks: string[] = [];
    try {
      const reply = await this.#run(toJob(file, { type: "parse" }), chunks);
      if (reply.type !== "parsed") throw new Error(`unexpected ${reply.type}`);
      return await fromReplies(chunks, reply, new TimeSlice());
    } catch (error) {
      const reason = `the file cannot be parsed: ${error instanceof Error ? error.message : String(error)}`;
      return { documents: [], faults: [{ file: file.path, reason, namespaces: [] }], sha1: "" };
    }
  }

  async layout(file: SourceFile): Promise<FileLayout | undefined> {
    try {
      const reply = await this.#run(toJob(file, { type: "layout" }), []);
      return reply.type === "layout" ? reply.layout : undefined;
    } catch {
      return undefined;
    }
  }

  async locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    try {
      const reply = await this.#run(toJob(file, { type: "locate", places }), []);
      return reply.type === "located" ? reply.positions : [];
    } catch {
      return [];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) job.failed("the parser was closed");
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #run(ask: ParseJob, chunks: string[]): Promise<LastReply> {
    return new Promise((done, reject) => {
      this.#waiting.push({ ask, chunks, done, failed: (reason) => reject(new Error(reason)) });
      this.#next();
    });
  }

  #next(): void {
    while (this.#waiting.length > 0 && !this.#closed) {
      const worker = this.#idle.pop() ?? this.#start();
      if (worker === undefined) return;
      const job = this.#waiting.shift();
      if (job !== undefined) this.#assign(worker, job);
    }
  }

  #start(): Worker | undefined {
    if (this.#all.size >= this.#options.threads) return undefined;
    const worker = new Worker(new URL("./parse-worker.js", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMegabytes },
    });
    worker.setMaxListeners(0);
    worker.unref();
    this.#all.add(worker);
    return worker;
  }

  #assign(worker: Worker, job: Job): void {
    let reason = "the thread ended";
    const timer = setTimeout(() => {
      reason = `parsing took longer than ${this.#options.deadlineMs} ms`;
      void worker.terminate();
    }, this.#options.deadlineMs);
    const release = (): void => {
      clearTimeout(timer);
      // By name: the runtime has listeners of its own on a worker, without which it delivers no message any more.
      for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
      worker.unref();
    };
    worker.ref();
    worker.on("message", (reply: ParseReply) => {
      if (reply.type === "flags") {
        job.chunks.push(reply.text);
        return;
      }
      release();
      this.#idle.push(worker);
      job.done(reply);
      this.#next();
    });
    worker.on("error", (error: Error) => {
      reason = error.message;
    });
    worker.on("exit", () => {
      release();
      this.#all.delete(worker);
      job.failed(this.#closed ? "the parser was closed" : reason);
      this.#next();
    });
    const { buffer } = job.ask.bytes;
    worker.postMessage(job.ask, [buffer as ArrayBuffer]);
  }
}

/** The bytes in a buffer of their own, which can be moved to the thread. */
function toJob({ path, bytes, limits }: SourceFile, task: ParseJob["task"]): ParseJob {
  return { path, bytes: Uint8Array.from(bytes), limits, task };
}
