/**
 * A second process that works on the same data: run by `contend`, told by messages what to do. It counts a ref up,
 * writes until it is killed, or holds a lease.
 */
import type { Backend } from "../backend.js";
import { provideApiTo } from "../host/api-fallback.js";
import type { BackendPlugin } from "../plugin.js";
import { backendContext } from "./backend-session.js";
import { countUp } from "./counter.js";
import { history } from "./git-samples.js";
import { RecordingLogger } from "./recording-logger.js";

export interface ContenderTask {
  /** The plugin's main file as a URL. */
  readonly module: string;
  /** Raw settings, as JSON. */
  readonly settings: string;
  readonly task:
    | { readonly type: "count"; readonly ref: string; readonly rounds: number }
    | { readonly type: "write"; readonly ref: string }
    | { readonly type: "lease"; readonly name: string };
}

export type ContenderReport =
  | { readonly type: "done"; readonly acknowledged: number }
  /** A batch is stored and its ref moved. */
  | { readonly type: "wrote"; readonly tip: string; readonly oids: readonly string[] }
  | { readonly type: "leased" }
  | { readonly type: "failed"; readonly reason: string };

function report(message: ContenderReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

async function open(task: ContenderTask): Promise<Backend> {
  provideApiTo(new URL(task.module).pathname);
  const { default: plugin } = (await import(task.module)) as { readonly default: BackendPlugin };
  const result = await plugin.schema["~standard"].validate(JSON.parse(task.settings));
  if (result.issues !== undefined) throw new Error(result.issues.map((issue) => issue.message).join("; "));
  return plugin.create(result.value, backendContext({ logger: new RecordingLogger() }));
}

async function perform(backend: Backend, task: ContenderTask["task"]): Promise<void> {
  switch (task.type) {
    case "count":
      await report({ type: "done", acknowledged: await countUp(backend, task.ref, task.rounds) });
      return;
    case "lease": {
      const lease = await backend.lease?.(task.name, new AbortController().signal);
      await report(
        lease === undefined ? { type: "failed", reason: "the lease was not to be had" } : { type: "leased" },
      );
      return;
    }
    case "write":
      for (let old: string | undefined; ; ) {
        const { objects, commits } = history(20);
        const tip = commits.at(-1)?.oid ?? "";
        await backend.objects.write(objects);
        const moved = await backend.refs.compareAndSwap([{ ref: task.ref, old, new: tip, reason: "conformance" }]);
        if (!moved) throw new Error("the ref moved although nobody else moves it");
        await report({ type: "wrote", tip, oids: objects.map((object) => object.oid) });
        old = tip;
      }
    default:
      task satisfies never;
  }
}

process.once("message", (task: ContenderTask) => {
  open(task)
    .then((backend) => perform(backend, task.task))
    .catch((error: unknown) =>
      report({ type: "failed", reason: error instanceof Error ? error.message : String(error) }),
    );
});
// The parent has gone, or has cut the line.
process.once("disconnect", () => process.exit(0));
