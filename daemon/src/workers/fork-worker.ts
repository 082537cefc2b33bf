import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import { workerEnvironment } from "./worker-environment.js";

/** Small young generations: a worker's memory is its snapshots, and garbage is short-lived strings. */
const WORKER_ARGUMENTS = ["--max-semi-space-size=2"];

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
