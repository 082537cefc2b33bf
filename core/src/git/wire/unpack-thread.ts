import { Worker } from "node:worker_threads";
import type { GitObject } from "../../contract/backend.js";
import { VexilError } from "../../errors/vexil-error.js";
import type { ReadObjects } from "./unpack.js";
import type { FromThread, ToThread } from "./unpack-messages.js";

/** Unpacks one pack in a worker thread. Objects come back in batches, so that this thread is never held for long. */
export class UnpackThread {
  readonly #worker: Worker;
  readonly #failed: Promise<never>;

  constructor(maxBytes: number) {
    this.#worker = new Worker(new URL("./unpack-worker.js", import.meta.url), { workerData: { maxBytes } });
    this.#failed = new Promise((_, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("exit", () => {
        reject(
          new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled", { details: { step: "pack" } }),
        );
      });
    });
    this.#failed.catch(() => {});
  }

  take(chunk: Uint8Array): void {
    this.#send({ type: "chunk", bytes: chunk });
  }

  async finish(readBase: ReadObjects): Promise<readonly GitObject[]> {
    const objects: GitObject[] = [];
    const done = new Promise<void>((resolve, reject) => {
      this.#worker.on("message", (message: FromThread) => {
        switch (message.type) {
          case "missing":
            readBase(message.oids).then((bases) => this.#send({ type: "bases", bases: [...bases.values()] }), reject);
            break;
          case "objects":
            addObjects(objects, message);
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
    this.#send({ type: "end" });
    try {
      await Promise.race([done, this.#failed]);
      return objects;
    } finally {
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

/** Each object gets memory of its own: a view would keep the whole batch alive as long as one of its objects. */
function addObjects(objects: GitObject[], batch: Extract<FromThread, { readonly type: "objects" }>): void {
  let offset = 0;
  for (const [index, oid] of batch.oids.entries()) {
    const end = offset + (batch.sizes[index] as number);
    const bytes = batch.oids.length === 1 ? batch.bytes : Buffer.from(batch.bytes.subarray(offset, end));
    objects.push({ oid, type: batch.types[index] as GitObject["type"], bytes });
    offset = end;
  }
}
