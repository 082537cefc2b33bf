import type { IncomingMessage, ServerResponse } from "node:http";
import type { StatusReader } from "@vexil/engine/model/storage-status";
import { VexilError } from "@vexil/plugin-api/errors";
import { errorBody, errorStatus } from "../error-response.js";
import { answeredIds } from "../request-id.js";
import { asksForPretty, type RequestTarget, requestTarget } from "../request-target.js";
import { indented, isPretty, sendJson } from "../send-answer.js";

/** State of the storages as health reports it: plain data, which workers are sent. */
export interface HealthState {
  /** Storages that have failed, and why. */
  readonly failed: readonly { readonly id: string; readonly step: string; readonly message: string }[];
  /** Storages without a snapshot, or without a good version of some namespaces. */
  readonly waiting: readonly { readonly id: string; readonly withheld: readonly string[] }[];
}

/** All that a process knows of the daemon's health. */
export interface Health extends HealthState {
  readonly draining: boolean;
  /** Seconds since the process that owns the storages was last heard of. */
  readonly silentSeconds: number;
}

export type Probe = "all" | "live" | "ready";

const PROBES: Readonly<Record<string, Probe>> = {
  "/health": "all",
  "/health/live": "live",
  "/health/ready": "ready",
};

/** Namespaces that are named. */
const NAMED = 10;
/** A process that has not been heard of for longer than this is taken for dead. */
const SILENT_MOST_SECONDS = 60;

export function probeOf({ path }: RequestTarget): Probe | undefined {
  return Object.hasOwn(PROBES, path) ? PROBES[path] : undefined;
}

/** Tells whether a request asks for a probe in its plain spelling; of any other request that costs next to nothing. */
export function isPlainProbe({ method, url = "/" }: IncomingMessage): boolean {
  if (method !== "GET" || !url.startsWith("/health")) return false;
  const target = requestTarget(url);
  return target !== undefined && probeOf(target) !== undefined;
}

export function healthState(status: StatusReader): HealthState {
  const storages = status.summaries();
  return {
    failed: storages
      .filter(({ state }) => state === "failed")
      .map(({ id, lastError }) => ({ id, step: lastError?.step ?? "", message: lastError?.message ?? "" })),
    // An edge that has never heard of its upstream serves nothing yet.
    waiting: (storages.length === 0 ? [{ id: "of the upstream", hasSnapshot: false, withheld: [] }] : storages)
      .filter(({ hasSnapshot, withheld = [] }) => !hasSnapshot || withheld.length > 0)
      .map(({ id, withheld = [] }) => ({ id, withheld: withheld.slice(0, NAMED) })),
  };
}

/**
 * Answers a probe.
 * @param isTrusted whether the caller may read why a storage has failed: that names hosts and paths
 * @returns the answer's status
 */
export function answerProbe(
  request: IncomingMessage,
  response: ServerResponse,
  {
    probe,
    query,
    health,
    isTrusted,
  }: {
    readonly probe: Probe;
    readonly query: string;
    readonly health: Health;
    readonly isTrusted: boolean;
  },
): number {
  answeredIds(request, response);
  const problem = problemOf(probe, health, isTrusted);
  const body = problem === undefined ? { status: "SERVING" } : errorBody(problem);
  const json = JSON.stringify(body);
  const status = problem === undefined ? 200 : errorStatus(problem).status;
  sendJson(request, response, status, isPretty(request, asksForPretty(query)) ? indented(json) : json);
  return status;
}

function problemOf(probe: Probe, health: Health, isTrusted: boolean): VexilError | undefined {
  if (health.silentSeconds > SILENT_MOST_SECONDS) {
    return unavailable([`the daemon's main process has said nothing for ${Math.round(health.silentSeconds)} s`]);
  }
  if (probe === "live") return undefined;
  if (health.draining) return new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping");
  const reasons =
    probe === "ready"
      ? health.waiting.map((storage) => waitingText(storage, isTrusted))
      : health.failed.map(({ id, step, message }) =>
          [`storage ${id} failed`, step, isTrusted ? message : ""].filter((part) => part !== "").join(": "),
        );
  return reasons.length === 0 ? undefined : unavailable(reasons);
}

function waitingText({ id, withheld }: HealthState["waiting"][number], isTrusted: boolean): string {
  if (withheld.length === 0) return `storage ${id} has no snapshot yet`;
  const names = isTrusted ? `: ${withheld.join(", ")}` : "";
  return `storage ${id} has faulty namespaces without a good version${names}`;
}

function unavailable(reasons: readonly string[]): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_STORAGE", reasons.join("; "));
}
