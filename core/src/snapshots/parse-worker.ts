import { parentPort } from "node:worker_threads";
import { layoutOf } from "../features/layout-of.js";
import { locateValues } from "../features/locate-values.js";
import { parseFeatures } from "../features/parse.js";
import { type ParseJob, type ParseReply, toReplies } from "./parse-job.js";

/** The thread that parses: one job at a time, answered by messages of which all but `flags` are the last. */
const port = parentPort;
port?.on("message", ({ path, bytes, limits, task }: ParseJob) => {
  const send = (reply: ParseReply): void => port.postMessage(reply);
  if (task.type === "locate") send({ type: "located", positions: locateValues(path, bytes, limits, task.places) });
  else if (task.type === "layout") send({ type: "layout", layout: layoutOf(bytes) });
  else for (const reply of toReplies(parseFeatures(path, bytes, limits))) send(reply);
});
