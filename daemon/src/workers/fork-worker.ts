import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import { workerEnvironment } from "./worker-environment.js";

/**
 * Young generations of a fixed, small size: a worker's memory is its snapshots, and its garbage lives for one request. Left
 * to itself the engine begins with 1 MB, grows by what survives, which is hardly anything, and collects all the time.
 */
const WORKER_ARGUMENTS = ["--min-semi-space-size=4", "--max-semi-space-size=4"];

/** Starts the process of a worker. */
export function forkWorker(): Worker {
  cluster.setupPrimary({
    exec: fileURLToPath(new URL("./worker.js", import.meta.url)),
    args: [],
    execArgv: [...WORKER_ARGUMENTS, "--require", fileURLToPath(new URL("./orphan.cjs", import.meta.url))],
    serialization: "advanced",
  });
  return cluster.fork(workerEnvironment(process.env));
}
