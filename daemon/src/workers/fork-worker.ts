import cluster, { type Worker } from "node:cluster";
import { fileURLToPath } from "node:url";
import { workerEnvironment } from "./worker-environment.js";

/** Small young generations: a worker's memory is its snapshots, and garbage is short-lived strings. */
const WORKER_ARGUMENTS = ["--max-semi-space-size=2"];

/** Starts the process of a worker. */
export function forkWorker(): Worker {
  // Workers accept by themselves. Dealt out by this process instead, a connection on its way to a worker that stops
  // or dies would be lost for good: neither answered nor closed.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL("./worker.js", import.meta.url)),
    args: [],
    execArgv: [...WORKER_ARGUMENTS, "--require", fileURLToPath(new URL("./orphan.cjs", import.meta.url))],
    serialization: "advanced",
  });
  return cluster.fork(workerEnvironment(process.env));
}
