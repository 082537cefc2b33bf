import { decideBy } from "../http/rights/decider.js";
import type { PoolServices } from "./pool-services.js";
import { WorkerPool } from "./worker-pool.js";

/**
 * Starts the processes that will answer reads, so that they have read their code when there is something to serve;
 * undefined with `server.workers: 1`, where this process answers.
 */
export function forkWorkers(services: PoolServices, hangsMs?: number): WorkerPool | undefined {
  const { config, snapshots, logger, authentication, rights, usage, telemetry } = services;
  const { workers: count, limits } = config.server;
  if (count <= 1) return undefined;
  const { callers } = authentication;
  const decide = decideBy(rights?.decider);
  const evaluated = usage?.take ?? (() => undefined);
  const tracing = telemetry?.tracing;
  const pool = new WorkerPool({ count, snapshots, logger, limits, callers, decide, evaluated, tracing, hangsMs });
  pool.warmUp();
  return pool;
}
