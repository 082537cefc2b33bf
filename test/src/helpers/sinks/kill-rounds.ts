import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeEvent, SinkEvent } from "@vexil/plugin-api";
import { eventually, type RunningDaemon, startDaemon } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { lots } from "../repositories/random-history.js";
import { temporaryRepository } from "../repositories/temporary-repository.js";
import { webhookServer } from "./webhook-server.js";

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  /** `local`: the daemon's own repository; `memory`: a remote, and a backend that forgets. */
  readonly backend: "local" | "memory";
  readonly onRound?: (round: number) => void;
}

/** Events that one sink was told. */
export interface KillOutcome {
  readonly sink: "audit" | "ci";
  /** Events that came, repeats included. */
  readonly came: number;
  readonly repeats: number;
  /** Faults in words; none when all held. */
  readonly problems: readonly string[];
}

const NAMESPACES = ["default", "ops"] as const;

const features = (namespace: string, value: number): string =>
  `namespace: ${namespace}\nflags:\n- {key: counter, name: Counter, description: "${value}", type: BOOLEAN_FLAG_TYPE, enabled: ${value % 2 === 0}}\n`;

/**
 * Commits and writes to a daemon with a sink of each bundled type, which is killed at a random moment of each round; at the
 * end everything has to have come, in order, and repeats under the same id.
 */
export async function killRounds(scope: Scope, options: KillOptions): Promise<readonly KillOutcome[]> {
  const { rounds, seed, backend, onRound } = options;
  const draw = lots(seed);
  const cwd = await temporaryDirectory(scope);
  const hook = await webhookServer(scope);
  const start = Object.fromEntries(
    NAMESPACES.map((namespace) => [`${namespace}/features.yaml`, features(namespace, 0)]),
  );
  const repository = await temporaryRepository(scope, { files: start });
  const trail = join(cwd, "audit.jsonl");
  const storage =
    backend === "local"
      ? { backend: { type: "local", path: repository.path } }
      : { remote: repository.url, poll_interval: "1s", backend: { type: "memory" } };
  const daemonOf = (): Promise<RunningDaemon> =>
    startDaemon(scope, {
      cwd,
      start: "any",
      env: { XDG_STATE_HOME: join(cwd, "state") },
      config: {
        storage: { default: storage },
        sinks: {
          audit: { type: "file", path: trail, rotate: "20KB", filter: { kinds: "flag" } },
          ci: { type: "webhook", url: hook.url, filter: { kinds: "flag" } },
        },
      },
    });
  /** By namespace: how often it was changed, which its flag has as its description. */
  const values: Record<string, number> = Object.fromEntries(NAMESPACES.map((namespace) => [namespace, 0]));
  const change = async (): Promise<void> => {
    const files: Record<string, string> = {};
    for (const namespace of NAMESPACES) {
      if (draw(3) === 0 && Object.keys(files).length > 0) continue;
      if (draw(2) === 0) continue;
      values[namespace] = (values[namespace] ?? 0) + 1;
      files[`${namespace}/features.yaml`] = features(namespace, values[namespace] ?? 0);
    }
    await repository.commit({ ...files, "README.md": `${draw(1e9)}` });
  };
  // The first one has to have begun: a sink that is new is told of what comes later.
  const first = await daemonOf();
  for (const sink of ["audit", "ci"]) await first.line((line) => line.event === "sink.began" && line.sink === sink);
  await first.stop("SIGKILL");
  for (let round = 0; round < rounds; round += 1) {
    const before = draw(3);
    for (let count = 0; count < before; count += 1) await change();
    const daemon = await daemonOf();
    // A target that is away, slow, or answers and is not heard, is part of it.
    const mood = draw(4);
    hook.answer = mood === 0 ? (_request, response) => void response.writeHead(503).end() : undefined;
    if (draw(4) > 0) {
      await daemon.line(({ event }) => event === "snapshot.built");
      for (let count = draw(4); count > 0; count -= 1) await change();
      await sleep(draw(backend === "local" ? 120 : 1_200));
    } else await sleep(300 + draw(900));
    await daemon.stop("SIGKILL");
    hook.answer = undefined;
    onRound?.(round + 1);
  }
  const last = await daemonOf();
  const head = await repository.head();
  const isDone = async (): Promise<boolean> => {
    const { body } = await last.get("/api/status");
    const { storages = [], sinks = [] } = body as {
      storages?: { revision: string }[];
      sinks?: { lag: { commits: number }; state: string }[];
    };
    const isServed = storages[0]?.revision === head;
    return isServed && sinks.length === 2 && sinks.every(({ lag, state }) => lag.commits === 0 && state === "ready");
  };
  await eventually(isDone, (done) => done);
  await last.stop();
  const audit = await eventsOf(cwd);
  const outcome = (sink: "audit" | "ci", events: readonly SinkEvent[]): KillOutcome => ({
    sink,
    ...judge(events, values),
  });
  return [outcome("audit", audit), outcome("ci", hook.events())];
}

function judge(events: readonly SinkEvent[], values: Readonly<Record<string, number>>): Omit<KillOutcome, "sink"> {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const once: ChangeEvent[] = [];
  for (const event of events) {
    const text = JSON.stringify(event);
    const known = seen.get(event.id);
    if (known === undefined) once.push(event as ChangeEvent);
    else if (known !== text) problems.push(`${event.id} came twice and was not the same: ${known} ${text}`);
    seen.set(event.id, text);
  }
  for (const [namespace, value] of Object.entries(values)) {
    const told = once
      .filter((event) => event.namespace === namespace)
      .map(({ after }) => Number((after as { description: string }).description));
    const wanted = Array.from({ length: value }, (_, index) => index + 1);
    if (told.join() !== wanted.join()) problems.push(`${namespace}: ${told.join()} came in place of 1 to ${value}`);
  }
  return { came: events.length, repeats: events.length - once.length, problems };
}

async function eventsOf(directory: string): Promise<readonly SinkEvent[]> {
  const names = (await readdir(directory)).filter((name) => /^audit\.jsonl(\.\d+)?$/.test(name));
  const sorted = names.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const texts = await Promise.all(sorted.map((name) => readFile(join(directory, name), "utf8")));
  const lines = texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { readonly event: SinkEvent }).event);
}
