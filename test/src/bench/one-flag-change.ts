import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import type { ExecutionContext } from "ava";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { storageStatus } from "../helpers/http/storage-status.js";
import { generatedFiles } from "./generated-flags.js";
import { type BenchRow, median } from "./row.js";

const FLAGS = 100_000;
const LIMITS = { ...DEFAULT_FEATURE_LIMITS, fileBytes: 64e6 };
const CHANGES = 7;
const WORKERS = 2;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** One changed flag among many, from when it is known until every worker serves it; and the first state before it. */
export async function benchOneFlagOfMany(scope: Scope): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [size, goalMs] of [
    [FLAGS, 150],
    [FLAGS / 2_000, 60],
  ] as const) {
    rows.push(...(await benchFiles(scope, generatedFiles(FLAGS, size), goalMs)));
  }
  return rows;
}

async function benchFiles(
  scope: Scope,
  files: ReadonlyMap<string, string>,
  goalMs: number,
): Promise<readonly BenchRow[]> {
  const where = `${FLAGS.toLocaleString("en")} flags in ${files.size === 1 ? "one file" : `${files.size} files`}`;
  const alone = await timed(() => readAll([...files.values()]));
  const served = await serve(scope, files);
  const before = stateOf(files);
  const first = await timed(() => served.publish(before));
  const [times, cpu, turns]: [number[], number[], number[]] = [[], [], []];
  const [path, text] = [...files][Math.floor(files.size / 2)] ?? ["", ""];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  for (let round = 0; round < CHANGES; round += 1) {
    const changed = text.replace("enabled: false", `enabled: ${round % 2 === 0}`);
    const one = stateOf(new Map([[path, changed]]));
    // The other files are the same bytes: as many anew would be collected in the midst of what is measured.
    const state = {
      oids: new Map([...before.oids, ...one.oids]),
      contents: new Map([...before.contents, ...one.contents]),
    };
    const startedAt = served.processorMs();
    delay.enable();
    delay.reset();
    times.push(await timed(() => served.publish(state)));
    delay.disable();
    turns.push(delay.max / 1e6);
    cpu.push(served.processorMs() - startedAt);
  }
  await served.close();
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const row = (measure: string, goal: number, value: number): BenchRow => ({
    measure: `${measure}, ${where}`,
    goal: `≤ ${goal} ms`,
    figure: ms(value),
    reference: ms(goal),
    ratio: value / goal,
  });
  return [
    {
      measure: `first state until ${WORKERS} workers serve it, ${where}`,
      goal: "≤ 2×",
      figure: ms(first),
      reference: `${ms(alone)} (js-yaml alone)`,
      ratio: first / alone,
    },
    row(`one changed flag until ${WORKERS} workers serve it`, goalMs, median(times)),
    row("processor time of one changed flag, all processes", 2 * goalMs, median(cpu)),
    row("longest turn of the event loop at one changed flag", 20, median(turns)),
  ];
}

async function serve(scope: Scope, files: ReadonlyMap<string, string>) {
  const builder = createSnapshotBuilder();
  let next = stateOf(files);
  const server = await startTestServer(scope as ExecutionContext, {
    serverConfig: { workers: WORKERS, shutdownTimeoutMs: 1000 },
    engine: {
      sync: async () => {
        await build();
        return storageStatus({ id: "default" });
      },
    },
  });
  const { snapshots } = server;
  const build = async (): Promise<void> => {
    const current = next;
    const { snapshot, changedNamespaces } = await builder.build({
      environment: "default",
      storage: "default",
      revision: "f".repeat(40),
      directory: "",
      files: current.oids,
      read: async (oids) => new Map(oids.map((oid) => [oid, current.contents.get(oid) ?? Buffer.alloc(0)])),
      previous: snapshots.get("default")?.snapshot,
      limits: LIMITS,
    });
    if (snapshot.quarantined.length > 0) throw new Error(JSON.stringify(snapshot.quarantined[0]));
    snapshots.publish("default", "default", snapshot, changedNamespaces);
  };
  return {
    /** Resolves when every worker serves them. */
    publish: async (state: State): Promise<void> => {
      next = state;
      const answer = await fetch(`${server.url}/api/storages/default/sync?wait=true`, { method: "POST" });
      if (answer.status !== 200) throw new Error(await answer.text());
    },
    processorMs: (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1_000 + server.server.workerPids.reduce((sum, pid) => sum + ticksOf(pid) * TICK_MS, 0);
    },
    close: async (): Promise<void> => {
      await server.server.close();
      await builder.close();
    },
  };
}

interface State {
  readonly oids: ReadonlyMap<string, string>;
  readonly contents: ReadonlyMap<string, Buffer>;
}

function stateOf(files: ReadonlyMap<string, string>): State {
  const all = [...files].map(([path, text]) => {
    const bytes = Buffer.from(text);
    return [path, createHash("sha1").update(bytes).digest("hex"), bytes] as const;
  });
  return {
    oids: new Map(all.map(([path, oid]) => [path, oid])),
    contents: new Map(all.map(([, oid, bytes]) => [oid, bytes])),
  };
}

function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function readAll(texts: readonly string[]): Promise<void> {
  const thread = new Worker(new URL("./threads/read-yaml.js", import.meta.url));
  thread.postMessage(texts);
  await once(thread, "message");
  await thread.terminate();
}
