import { parentPort } from "node:worker_threads";
import { load } from "js-yaml";

// js-yaml alone, as cold as the builder's own threads are.
parentPort?.on("message", (texts: readonly string[]) => {
  for (const text of texts) load(text);
  parentPort?.postMessage("done");
});
