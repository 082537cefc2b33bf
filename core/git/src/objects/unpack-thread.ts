import { Worker } from "node:worker_threads";
import type { GitObject } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { FromThread, ToThread, UnpackJob } from "./unpack-messages.js";
import type { ReadObjects } from "./unpack-options.js";

/** The objects' contents lie outside of the heap; in it are names, and they count. */
const HEAP_MEGABYTES = 256;
const YOUNG_MEGABYTES = 8;

/** Unpacks one pack in a worker thread. Objects come back in lots, so that this thread is never held for long. */
export class UnpackThread {
  readonly #worker: Worker;
  readonly #failed: Promise<never>;

  constructor(job: UnpackJob) {
    this.#worker = new Worker(new URL("./unpack-worker.js", import.meta.url), {
      workerData: job,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.#failed = new Promise((_, reject) => {
      this.#worker.once("error", (error: NodeJS.ErrnoException) => {
        reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? outOfMemory(error) : error);
      });
      this.#worker.once("exit", () => {
        reject(
          new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled", { details: { step: "pack" } }),
        );
      });
    });
    this.#failed.catch(() => {});
  }

  /** Hands all objects to `store`. */
  async run(readBase: ReadObjects, store: (objects: readonly GitObject[]) => Promise<void>): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#worker.on("message", (message: FromThread) => {
        switch (message.type) {
          case "missing":
            readBase([message.oid]).then((bases) => this.#send({ type: "base", base: bases.get(message.oid) }), reject);
            break;
          case "objects":
            store(objectsOf(message)).then(() => this.#send({ type: "stored" }), reject);
            break;
          case "done":
            resolve();
            break;
          case "failed":
            reject(new VexilError(message.code, message.message, { details: { step: "pack" } }));
            break;
          default:
            message satisfies never;
        }
      });
    });
    try {
      await Promise.race([done, this.#failed]);
    } finally {
      done.catch(() => {});
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

/** Each object gets memory of its own: a view would keep the whole lot alive as long as one of its objects. */
function objectsOf(lot: Extract<FromThread, { readonly type: "objects" }>): readonly GitObject[] {
  let offset = 0;
  return lot.oids.map((oid, index) => {
    const end = offset + (lot.sizes[index] as number);
    const bytes = lot.oids.length === 1 ? lot.bytes : Buffer.from(lot.bytes.subarray(offset, end));
    offset = end;
    return { oid, type: lot.types[index] as GitObject["type"], bytes };
  });
}

function outOfMemory(cause: Error): VexilError {
  return new VexilError("VEXIL_REMOTE_TOO_LARGE", "the remote's pack takes too much memory to be taken apart", {
    details: { step: "pack" },
    cause,
  });
}
