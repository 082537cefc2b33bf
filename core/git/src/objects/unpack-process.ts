import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { GitObject } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { ArrivingObjects } from "./arriving-objects.js";
import type { PackPlace } from "./pack-source.js";
import { type FromProcess, PIECE_BYTES, type ToProcess, type UnpackJob } from "./unpack-messages.js";
import type { ReadObjects } from "./unpack-options.js";

/** The objects' contents lie outside of the heap; in it are names, and they count. */
const HEAP_MEGABYTES = 256;
const YOUNG_MEGABYTES = 4;
/** Ways to end that only others bring about: users, or a system that runs out of memory. */
const SIGNALS_OF_OTHERS: ReadonlySet<string | null> = new Set(["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"]);

/** Bytes that one object, and all of them, may take. */
export type UnpackLimits = Pick<UnpackJob, "maxBytes" | "maxObjectBytes">;

/**
 * Unpacks one pack in a process of its own, and ends with it: whatever memory that takes goes back to the system, where
 * a thread would leave it with the allocator of the daemon. Objects come back in lots, so that nobody is held for long.
 */
export class UnpackProcess {
  readonly #child: ChildProcess;
  readonly #place: PackPlace;
  readonly #limits: UnpackLimits;
  readonly #failed: Promise<never>;
  #isClosed = false;

  constructor(place: PackPlace, limits: UnpackLimits) {
    this.#place = place;
    this.#limits = limits;
    this.#child = fork(fileURLToPath(new URL("./unpack-worker.js", import.meta.url)), {
      execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`, `--max-semi-space-size=${YOUNG_MEGABYTES}`],
      // No secret goes where untrusted bytes are read.
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc", place.type === "file" ? place.fd : "ignore"],
      serialization: "advanced",
    });
    this.#failed = new Promise((_, reject) => {
      this.#child.on("error", (error: Error) => reject(this.#outside(error.message)));
      this.#child.on("exit", (code, signal) => reject(this.#ended(code, signal)));
    });
    this.#failed.catch(() => {});
  }

  /** Hands all objects to `store`. */
  async run(readBase: ReadObjects, store: (objects: readonly GitObject[]) => Promise<void>): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      let arriving: ArrivingObjects | undefined;
      const storeWhole = (): void => {
        const objects = arriving?.whole;
        if (objects === undefined) return;
        arriving = undefined;
        store(objects).then(() => this.#send({ type: "stored" }), reject);
      };
      this.#child.on("message", (message: FromProcess) => {
        switch (message.type) {
          case "missing":
            readBase([message.oid])
              .then((bases) => this.#send({ type: "base", base: bases.get(message.oid) }))
              .catch(reject);
            break;
          case "objects":
            arriving = new ArrivingObjects(message);
            storeWhole();
            break;
          case "contents":
            arriving?.take(message.bytes);
            storeWhole();
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
      await Promise.race([this.#give().then(() => done), done, this.#failed]);
    } finally {
      done.catch(() => {});
      this.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#child.kill("SIGKILL");
  }

  /** Gives the process its job, and the pack piece by piece where that is in no file. */
  async #give(): Promise<void> {
    const place = this.#place;
    const isFile = place.type === "file";
    const size = isFile ? place.size : place.bytes.byteLength;
    const described = { type: isFile ? "file" : "messages", size } as const;
    await this.#send({ type: "job", job: { place: described, ...this.#limits } });
    if (isFile) return;
    for (let at = 0; at < size; at += PIECE_BYTES) {
      await this.#send({ type: "pack", bytes: place.bytes.subarray(at, at + PIECE_BYTES) });
    }
  }

  /** Sends a message; that one does not arrive any more is told by the end of the process. */
  #send(message: ToProcess): Promise<void> {
    return new Promise((resolve) => {
      this.#child.send(message, () => resolve());
    });
  }

  #ended(code: number | null, signal: string | null): VexilError {
    const details = { step: "pack" } as const;
    if (this.#isClosed) {
      return new VexilError("VEXIL_INTERNAL_CANCELLED", "the operation was cancelled", { details });
    }
    if (SIGNALS_OF_OTHERS.has(signal)) return this.#outside(`it was ended (${signal})`);
    const message = `the remote's pack takes too much memory to be taken apart (${signal ?? `exit code ${code}`})`;
    return new VexilError("VEXIL_REMOTE_TOO_LARGE", message, { details });
  }

  /** Neither the remote nor its pack is to blame. */
  #outside(why: string): VexilError {
    const message = `the remote's pack was not taken apart, as that takes a process: ${why}; it is tried again`;
    return new VexilError("VEXIL_CONNECTION_RESET", message, { details: { step: "pack" } });
  }
}
