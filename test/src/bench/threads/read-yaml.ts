import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

// js-yaml alone, as cold as the builder's own threads are; its CommonJS build, which is the fast one.
const { load } = createRequire(import.meta.url)("js-yaml") as typeof import("js-yaml");

parentPort?.on("message", (texts: readonly string[]) => {
  for (const text of texts) load(text);
  parentPort?.postMessage("done");
});
