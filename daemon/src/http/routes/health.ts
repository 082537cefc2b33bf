import { type StatusReader, type StorageSummary, VexilError } from "@vexil/core";
import { z } from "zod";
import type { Answer, Route } from "../route.js";

const serving = { description: "Serving.", schema: z.object({ status: z.literal("SERVING") }) };
const answer: Answer = { status: 200, body: { status: "SERVING" } };

/** Whether the daemon, the process and its storages are well (`http-api.md` §8, §12). All open. */
export function healthRoutes(status: StatusReader, isDraining: () => boolean): readonly Route[] {
  const refuseWhileDraining = (): void => {
    if (isDraining()) throw new VexilError("VEXIL_UNAVAILABLE_DRAINING", "the daemon is stopping");
  };
  return [
    {
      method: "GET",
      path: "/health",
      summary: "Whether no storage has failed.",
      access: "open",
      answers: { 200: serving },
      handle: () => {
        refuseWhileDraining();
        const failed = status.summaries().filter(({ state }) => state === "failed");
        if (failed.length > 0) throw unavailable(failed.map(failureText));
        return answer;
      },
    },
    {
      method: "GET",
      path: "/health/live",
      summary: "Whether the process answers.",
      access: "open",
      answers: { 200: serving },
      handle: () => answer,
    },
    {
      method: "GET",
      path: "/health/ready",
      summary: "Whether every storage has a snapshot to serve.",
      access: "open",
      answers: { 200: serving },
      handle: () => {
        refuseWhileDraining();
        const waiting = status.summaries().filter(({ hasSnapshot }) => !hasSnapshot);
        if (waiting.length > 0) throw unavailable(waiting.map(({ id }) => `storage ${id} has no snapshot yet`));
        return answer;
      },
    },
  ];
}

function failureText({ id, lastError }: StorageSummary): string {
  return lastError === undefined
    ? `storage ${id} failed`
    : `storage ${id} failed: ${lastError.step}: ${lastError.message}`;
}

function unavailable(reasons: readonly string[]): VexilError {
  return new VexilError("VEXIL_UNAVAILABLE_STORAGE", reasons.join("; "));
}
