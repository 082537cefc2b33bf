import { writeFileSync } from "node:fs";
import { Script } from "node:vm";
import { checkTemplate } from "@vexil/plugin-api/template";
import { toCases } from "../cases/read-cases.js";
import { inspectFile } from "../inspect/inspect-file.js";
import { extentsIn } from "../read/extents.js";
import { layoutOf } from "../read/layout-of.js";
import { positionsIn } from "../read/locate-values.js";
import { parseFeatures } from "../read/parse.js";
import { toSettings } from "../read/read-settings.js";
import { readSource } from "../read/read-source.js";
import { type GivenJob, type ParseJob, type ParseReply, toReplies } from "./parse-job.js";

// The process that parses: one job at a time, answered by messages of which all but `started` and `flags` are the last.

process.title = "vexil parser";
// Signals of a terminal or a service manager reach the whole group; this one ends when the process it serves has.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
try {
  // When memory runs out, the system is to end this process rather than the daemon.
  writeFileSync("/proc/self/oom_score_adj", "1000");
} catch {
  // Not Linux, or not allowed.
}

const send = (reply: ParseReply): void => {
  process.send?.(reply);
};

function run({ path, bytes, limits, task, isPart }: ParseJob): void {
  if (task.type === "locate")
    send({ type: "located", positions: positionsIn(readSource(path, bytes, limits), task.places) });
  else if (task.type === "extents")
    send({ type: "extents", extents: extentsIn(readSource(path, bytes, limits), task.places) });
  else if (task.type === "inspect") send({ type: "inspected", file: inspectFile(path, bytes, limits) });
  else if (task.type === "layout") send({ type: "layout", layout: layoutOf(bytes) });
  else if (task.type === "settings")
    send({ type: "settings", ...toSettings(path, readSource(path, bytes, limits), checkTemplate) });
  else if (task.type === "cases") send({ type: "cases", read: toCases(path, readSource(path, bytes, limits)) });
  else for (const reply of toReplies(parseFeatures(path, bytes, limits, isPart))) send(reply);
}

const JOB = Symbol.for("vexil:parse-job");
const script = new Script('globalThis[Symbol.for("vexil:parse-job")]()');

process.on("message", (job: GivenJob) => {
  send({ type: "started" });
  Object.assign(globalThis, { [JOB]: () => run(job) });
  // Whoever gave the job ends this process when its time is up. Should that one be gone itself, a job that never ends
  // must not outlive it: the deadline interrupts whatever runs.
  script.runInThisContext({ timeout: Math.ceil(job.deadlineMs) });
});
