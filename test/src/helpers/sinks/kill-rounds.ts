import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChangeEvent, SinkEvent } from "@vexil/plugin-api";
import { eventually, type RunningDaemon, startDaemon } from "../daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { startOtlpReceiver } from "../network/otlp-receiver.js";
import { lots } from "../repositories/random-history.js";
import { temporaryRepository } from "../repositories/temporary-repository.js";
import { ExportLooks } from "./export-looks.js";
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
  readonly sink: "audit" | "ci" | "deploy" | "otel" | "cdn";
  /** Events that came, repeats included; of the export how often it was looked at. */
  readonly came: number;
  readonly repeats: number;
  /** Faults in words; none when all held. */
  readonly problems: readonly string[];
}

/** Time in which all that is late is told at the end. */
const LAST_MS = 600_000;
const NAMESPACES = ["default", "ops"] as const;

const features = (namespace: string, value: number): string =>
  `namespace: ${namespace}
flags:
- key: counter
  name: Counter
  description: "${value}"
  type: BOOLEAN_FLAG_TYPE
  enabled: ${value % 2 === 0}
  rollouts: [{segment: {key: mark, value: true}}]
segments:
- key: mark
  name: Mark
  match_type: ALL_MATCH_TYPE
  constraints: [{type: STRING_COMPARISON_TYPE, property: mark, operator: eq, value: value-${value}}]
`;

const COLLECTOR_MOODS = ["never", "500", "slowly"] as const;

/** Appends what it reads to the file that it is given; now and then it has no time for that. */
const COMMAND = `#!/bin/sh
[ $(($$ % 13)) = 0 ] && exit 75
exec tee -a "$1"
`;

/**
 * Commits and writes to a daemon with a sink of each bundled type, which is killed at a random moment of each round; at the
 * end everything has to have come, in order, and repeats under the same id.
 */
export async function killRounds(scope: Scope, options: KillOptions): Promise<readonly KillOutcome[]> {
  const { rounds, seed, backend, onRound } = options;
  const draw = lots(seed);
  const cwd = await temporaryDirectory(scope);
  const hook = await webhookServer(scope);
  const collector = await startOtlpReceiver(scope);
  const recorded = (): readonly SinkEvent[] =>
    collector.records.map(({ body }) => JSON.parse(String(body)) as SinkEvent);
  const start = Object.fromEntries(
    NAMESPACES.map((namespace) => [`${namespace}/features.yaml`, features(namespace, 0)]),
  );
  const repository = await temporaryRepository(scope, { files: start });
  const trail = join(cwd, "audit.jsonl");
  const [command, received, flags] = [join(cwd, "on-change"), join(cwd, "received.jsonl"), join(cwd, "flags")];
  await writeFile(command, COMMAND, { mode: 0o755 });
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
          deploy: { type: "exec", command: [command, received], filter: { kinds: "flag" } },
          otel: { type: "otlp", endpoint: collector.endpoint, filter: { kinds: "flag" } },
          cdn: { type: "export", path: flags, keep: 20 },
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
  const exported = new ExportLooks(flags);
  // The first one has to have begun: a sink that is new is told of what comes later.
  const first = await daemonOf();
  for (const sink of ["audit", "ci", "deploy", "otel"])
    await first.line((line) => line.event === "sink.began" && line.sink === sink);
  await first.stop("SIGKILL");
  for (let round = 0; round < rounds; round += 1) {
    const before = draw(3);
    for (let count = 0; count < before; count += 1) await change();
    const daemon = await daemonOf();
    // A target that is away, slow, or answers and is not heard, is part of it.
    const mood = draw(4);
    hook.answer = mood === 0 ? (_request, response) => void response.writeHead(503).end() : undefined;
    collector.answering = COLLECTOR_MOODS[draw(8)] ?? "well";
    if (draw(4) > 0) {
      await daemon.line(({ event }) => event === "snapshot.built");
      for (let count = draw(4); count > 0; count -= 1) await change();
      await sleep(draw(backend === "local" ? 1_000 : 2_000));
    } else await sleep(300 + draw(900));
    await daemon.stop("SIGKILL");
    hook.answer = undefined;
    collector.answering = "well";
    await exported.look(round);
    onRound?.(round + 1);
  }
  const last = await daemonOf();
  const head = await repository.head();
  const isHere = (events: readonly SinkEvent[]): boolean =>
    Object.entries(values).every(([namespace, value]) =>
      events.some((event) => (event as ChangeEvent).namespace === namespace && valueIn(event) === value),
    );
  // A sink that has not looked yet does not say that it is behind: all has to be seen where it went, too.
  const state = async () => {
    const { body } = await last.get("/api/status");
    const { storages = [], sinks = [] } = body as {
      storages?: { revision: string }[];
      sinks?: { name: string; lag: { commits: number }; state: string }[];
    };
    const here = [await eventsOf(cwd), hook.events(), await linesOf(received), recorded()].map(isHere);
    const behind = sinks.filter((sink) => sink.lag.commits > 0 || sink.state !== "ready");
    return { isServed: storages[0]?.revision === head, sinks: sinks.length, here, behind };
  };
  await eventually(
    state,
    ({ isServed, sinks, here, behind }) => isServed && sinks === 5 && !here.includes(false) && behind.length === 0,
    LAST_MS,
  );
  await last.stop();
  const outcome = (sink: KillOutcome["sink"], events: readonly SinkEvent[]): KillOutcome => ({
    sink,
    ...judge(events, values),
  });
  return [
    outcome("audit", await eventsOf(cwd)),
    outcome("ci", hook.events()),
    outcome("deploy", await linesOf(received)),
    outcome("otel", recorded()),
    { sink: "cdn", ...(await exported.outcome(values)) },
  ];
}

/** How often its namespace had been changed. */
const valueIn = (event: SinkEvent): number =>
  Number(((event as ChangeEvent).after as { readonly description: string }).description);

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
    const told = once.filter((event) => event.namespace === namespace).map(valueIn);
    const wanted = Array.from({ length: value }, (_, index) => index + 1);
    if (told.join() !== wanted.join()) problems.push(`${namespace}: ${told.join()} came in place of 1 to ${value}`);
  }
  return { came: events.length, repeats: events.length - once.length, problems };
}

async function eventsOf(directory: string): Promise<readonly SinkEvent[]> {
  const names = (await readdir(directory)).filter((name) => /^audit\.jsonl(\.\d+)?$/.test(name));
  const sorted = names.sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const lines = await Promise.all(sorted.map((name) => linesOf(join(directory, name))));
  return lines.flat().map((line) => (line as unknown as { readonly event: SinkEvent }).event);
}

/** Lines of JSON of a file. */
async function linesOf(path: string): Promise<readonly SinkEvent[]> {
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as SinkEvent);
}
