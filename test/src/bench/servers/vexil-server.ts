import type { Engine } from "@vexil/engine/model/engine";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import { NEVER } from "rxjs";
import { startServing } from "../../../../daemon/dist/workers/start-serving.js";
import { FilePublisher } from "../../helpers/flags/published-files.js";
import { openAuthentication } from "../../helpers/http/authentication.js";
import { silentLogger } from "../../helpers/http/http-server.js";
import { plainConfig } from "../../helpers/http/plain-config.js";
import { cpuSeconds } from "../load.js";

/** Vexil's HTTP side over generated flags, told by messages what to do. Arguments: workers, namespaces, flags. */
const [workers = 1, namespaces = 1, flags = 350] = process.argv.slice(2).map(Number);

/** Half variant flags with a rule, half boolean ones. */
function features(namespace: number, version: number): string {
  const items = Array.from({ length: flags }, (_, index) =>
    index % 2 === 0
      ? `  - {key: flag-${index}, name: Flag, enabled: true, variants: [{key: a, default: true}, {key: b}], rules: [{segment: s, distributions: [{variant: a, rollout: 50}, {variant: b, rollout: 50}]}]}`
      : `  - {key: flag-${index}, name: Flag, type: BOOLEAN_FLAG_TYPE, enabled: true, rollouts: [{threshold: {percentage: 50, value: true}}]}`,
  );
  const segment =
    "  - {key: s, name: S, match_type: ALL_MATCH_TYPE, constraints: [{type: STRING_COMPARISON_TYPE, property: country, operator: eq, value: de}]}";
  return `namespace: n${namespace}\nflags:\n${items.join("\n")}\nsegments:\n${segment}\n# ${version}\n`;
}

const store = new SnapshotStore();
const publisher = new FilePublisher({ teardown: () => {} }, store);
publisher.declare("default", { default: true });
const files = (version: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: namespaces }, (_, index) => [
      `n${index}/features.yaml`,
      features(index, index === 0 ? version : 0),
    ]),
  );
await publisher.publish("default", files(0));

const base = plainConfig();
const { authentication } = await openAuthentication(base, silentLogger);
const server = await startServing({
  config: { ...base, server: { ...base.server, workers } },
  snapshots: store,
  status: { storages: () => [], summaries: () => [], startedAt: Date.now(), changes$: NEVER },
  engine: {} as Engine,
  logger: silentLogger,
  authentication,
});

/** Processor time of this process and its workers. */
function serverCpuSeconds(): number {
  return [process.pid, ...server.workerPids].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

export type Command = { readonly type: "publish"; readonly version: number } | { readonly type: "measure" };

process.on("message", async (command: Command) => {
  if (command.type === "publish") {
    await publisher.publish("default", files(command.version));
    process.send?.({ type: "published" });
  } else {
    (globalThis as { gc?: () => void }).gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const workers = server.workerPids.map(cpuSeconds);
    process.send?.({ type: "measured", cpuSeconds: serverCpuSeconds(), workers, rss, heap: heapUsed + external });
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ type: "listening", url: server.url });
