import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeEvent } from "@vexil/plugin-api";
import { eventually, startDaemon } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { nativeGit } from "../repositories/native-git.js";
import { temporaryRepository } from "../repositories/temporary-repository.js";
import { webhookServer } from "./webhook-server.js";

export interface OutageOptions {
  readonly commits: number;
  /** Commits that come at once. */
  readonly atOnce: number;
  /** Time between those. */
  readonly pauseMs: number;
  readonly deadlineMs: number;
}

/** An outage as it went; memory is that of the daemon's main process. */
export interface Outage {
  readonly came: number;
  readonly repeats: number;
  readonly problems: readonly string[];
  readonly downSeconds: number;
  readonly deliverySeconds: number;
  readonly idleBytes: number;
  readonly peakDownBytes: number;
  readonly peakDeliveryBytes: number;
}

const FILE = "default/features.yaml";

const features = (value: number): string => {
  const others = Array.from({ length: 20 }, (_, index) => `- {key: flag-${index}, name: Flag, enabled: true}\n`);
  return `namespace: default\nflags:\n- {key: counter, name: Counter, description: "${value}", enabled: true}\n${others.join("")}`;
};

/** Commits that each change one flag, by one process. */
async function commitMany(path: string, first: number, count: number): Promise<void> {
  const parts: string[] = [];
  const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  for (let value = first; value < first + count; value += 1) {
    const seconds = Math.floor(Date.now() / 1000);
    const from = value === first ? "from refs/heads/main^0\n" : "";
    const who = `committer Ada <ada@example.com> ${seconds} +0000\n`;
    parts.push(
      `commit refs/heads/main\n${who}${data("change")}${from}M 100644 inline ${FILE}\n${data(features(value))}`,
    );
  }
  await nativeGit(["-C", path, "fast-import", "--quiet"], { input: Buffer.from(parts.join("")) });
}

/** A webhook that is away while many commits come, and then is there again: whether all is told, and what it cost. */
export async function outage(scope: Scope, options: OutageOptions): Promise<Outage> {
  const { commits, atOnce, pauseMs, deadlineMs } = options;
  const hook = await webhookServer(scope);
  const repository = await temporaryRepository(scope, { files: { [FILE]: features(0) } });
  const cwd = await temporaryDirectory(scope);
  const daemon = await startDaemon(scope, {
    cwd,
    lifetimeMs: (commits / atOnce) * pauseMs + 2 * deadlineMs,
    env: { XDG_STATE_HOME: join(cwd, "state") },
    config: {
      server: { workers: 1 },
      storage: { default: { backend: { type: "local", path: repository.path } } },
      sinks: { ci: { type: "webhook", url: hook.url, filter: { kinds: "flag" } } },
    },
  });
  await daemon.line((line) => line.event === "sink.began");
  let isOver = false;
  void daemon.exited.then((how) => {
    if (!isOver) throw new Error(`the daemon ended by itself: ${how} ${daemon.stderr()}`);
  });
  const memory = watchMemory(scope, daemon.child.pid ?? 0);
  await sleep(1_000);
  const idleBytes = memory.peak();
  const began = Date.now();
  hook.answer = (_request, response) => void response.writeHead(503).end();
  for (let done = 0; done < commits; done += atOnce) {
    await commitMany(repository.path, done + 1, Math.min(atOnce, commits - done));
    await sleep(pauseMs);
  }
  const head = await repository.head();
  const status = async () => (await daemon.get("/api/status")).body as { storages: { revision: string }[] };
  await eventually(status, ({ storages }) => storages[0]?.revision === head, deadlineMs);
  const peakDownBytes = memory.peak();
  const up = Date.now();
  hook.answer = undefined;
  // To read all of them again and again would take longer than to deliver them.
  const last = `"description":"${commits}"`;
  await eventually(async () => hook.requests.at(-1)?.body.includes(last) === true, Boolean, deadlineMs);
  const end = Date.now();
  const peakDeliveryBytes = memory.peak();
  isOver = true;
  await daemon.stop();
  const events = hook.events() as readonly ChangeEvent[];
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  const values = once.map(told).join();
  const wanted = Array.from({ length: commits }, (_, index) => index + 1).join();
  return {
    came: events.length,
    repeats: events.length - once.length,
    problems: values === wanted ? [] : [`not all came in order: ${values.slice(0, 200)}…`],
    downSeconds: (up - began) / 1000,
    deliverySeconds: (end - up) / 1000,
    idleBytes,
    peakDownBytes,
    peakDeliveryBytes,
  };
}

const told = ({ after }: ChangeEvent): number => Number((after as { readonly description?: string }).description);

/** Peak of a process's resident memory since it was asked for last. */
function watchMemory(scope: Scope, pid: number): { readonly peak: () => number } {
  let most = 0;
  const timer = setInterval(async () => {
    const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    most = Math.max(most, 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0));
  }, 100);
  scope.teardown(() => clearInterval(timer));
  return {
    peak: () => {
      const found = most;
      most = 0;
      return found;
    },
  };
}
