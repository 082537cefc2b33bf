import type { ParsedFile } from "../features/document.js";
import type { FileLayout } from "../features/file-layout.js";
import type { Position } from "../features/line-column.js";
import type { ValuePlace } from "../features/locate-values.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { fromReplies, type ParseJob } from "./parse-job.js";
import { type JobResult, ParseThread } from "./parse-thread.js";
import { TimeSlice } from "./time-slice.js";

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
  readonly #waiting: ((thread: ParseThread | undefined) => void)[] = [];
  readonly #idle: ParseThread[] = [];
  readonly #all = new Set<ParseThread>();
  #closed = false;

  constructor(options: WorkerParserOptions) {
    this.#options = options;
  }

  /** Starts a thread before there is work for it. */
  warmUp(): void {
    if (this.#all.size === 0) this.#idle.push(this.#start());
  }

  async parse(file: SourceFile): Promise<ParsedFile> {
    try {
      const { chunks, reply } = await this.#run(file, { type: "parse" });
      if (reply.type !== "parsed") throw new TypeError(`unexpected reply ${reply.type}`);
      return await fromReplies(chunks, reply, new TimeSlice());
    } catch (error) {
      const reason = `the file cannot be parsed: ${error instanceof Error ? error.message : String(error)}`;
      return { documents: [], faults: [{ file: file.path, line: 1, column: 1, reason, namespaces: [] }], sha1: "" };
    }
  }

  async layout(file: SourceFile): Promise<FileLayout | undefined> {
    try {
      const { reply } = await this.#run(file, { type: "layout" });
      return reply.type === "layout" ? reply.layout : undefined;
    } catch {
      return undefined;
    }
  }

  async locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    try {
      const { reply } = await this.#run(file, { type: "locate", places });
      return reply.type === "located" ? reply.positions : [];
    } catch {
      return [];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const given of this.#waiting.splice(0)) given(undefined);
    await Promise.all([...this.#all].map((thread) => thread.close()));
  }

  async #run({ path, bytes, limits }: SourceFile, task: ParseJob["task"]): Promise<JobResult> {
    const thread = await this.#thread();
    if (thread === undefined || this.#closed) throw new Error("the parser was closed");
    try {
      // The bytes go in a buffer of their own, which can be moved to the thread.
      return await thread.run({ path, bytes: Uint8Array.from(bytes), limits, task });
    } finally {
      if (this.#all.has(thread)) this.#free(thread);
    }
  }

  #thread(): Promise<ParseThread | undefined> {
    const thread = this.#idle.pop() ?? (this.#all.size < this.#options.threads ? this.#start() : undefined);
    if (thread !== undefined) return Promise.resolve(thread);
    return new Promise((given) => this.#waiting.push(given));
  }

  #start(): ParseThread {
    const thread = new ParseThread(this.#options, () => {
      this.#all.delete(thread);
      const idle = this.#idle.indexOf(thread);
      if (idle >= 0) this.#idle.splice(idle, 1);
      if (this.#waiting.length > 0) this.#free(this.#start());
    });
    this.#all.add(thread);
    return thread;
  }

  #free(thread: ParseThread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
  }
}
