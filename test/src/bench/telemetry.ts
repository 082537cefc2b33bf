import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import { compareLoads, type LoadResult, load, rawRequest } from "./load.js";
import { PAIRS, type Pair, ratioText, summaryOf } from "./process-pairs.js";
import type { BenchRow } from "./row.js";

const FLAGS = 350;
/** Of each pair of daemons. */
const ROUNDS = 5;
const WARM_UP_MS = 3000;
const ROUND = { connections: 16, durationMs: 500 };
const SAMPLED = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.01" };

const ASKED = { namespaceKey: "team-0000", flagKey: "flag-1", context: { country: "de", plan: "beta" } };
const REQUESTS = Array.from({ length: 64 }, (_, index) =>
  rawRequest("POST", "/evaluate/v1/boolean", { body: { ...ASKED, entityId: `user-${index * 7919}` } }),
) as [Buffer, ...Buffer[]];

/** A daemon with one process for everything. @param collector undefined: without telemetry */
async function start(scope: Scope, collector?: string): Promise<RunningDaemon> {
  const repository = await temporaryRepository(scope, { files: Object.fromEntries(generatedFiles(FLAGS)) });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const config = { storage, ...(collector === undefined ? {} : { tracing: { enabled: true } }) };
  const env = collector === undefined ? {} : { ...SAMPLED, OTEL_EXPORTER_OTLP_ENDPOINT: collector };
  return startDaemon(scope, { config, env, lifetimeMs: 20 * 60_000 });
}

/** The address of a collector. */
async function collector(scope: Scope, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  scope.teardown(() => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function measure(ours: RunningDaemon, theirs: RunningDaemon): Promise<Pair> {
  const run = ({ url, child }: RunningDaemon, durationMs = ROUND.durationMs): Promise<LoadResult> =>
    load(url, REQUESTS, { ...ROUND, durationMs, pid: child.pid ?? 0 });
  for (const daemon of [ours, theirs]) await run(daemon, WARM_UP_MS);
  return compareLoads(
    ROUNDS,
    () => run(ours),
    () => run(theirs),
  );
}

/** The cost of tracing to evaluations, one in a hundred sampled; and that of a collector that never answers. */
export async function benchTelemetry(scope: Scope): Promise<readonly BenchRow[]> {
  const healthy = await collector(scope, (request, response) => void request.resume().on("end", () => response.end()));
  const hung = await collector(scope, () => undefined);
  const traced: Pair[] = [];
  const hanging: Pair[] = [];
  for (let count = 0; count < PAIRS; count += 1) {
    const daemons = await Promise.all([start(scope), start(scope, healthy), start(scope, hung)]);
    const [plain, sent, stuck] = daemons;
    traced.push(await measure(sent, plain));
    hanging.push(await measure(stuck, sent));
    for (const daemon of daemons) await daemon.stop();
  }
  const row = (measured: string, goal: string, pairs: readonly Pair[], reference: string): BenchRow => {
    const summary = summaryOf(pairs);
    const { ours, theirs, ratio } = summary;
    const p99 = `p99 ${ours.p99Ms.toFixed(2)} ms beside ${theirs.p99Ms.toFixed(2)} ms`;
    return { measure: measured, goal, figure: `${ratioText(summary)}; ${p99}`, reference, ratio };
  };
  return [
    row("evaluation, one request in a hundred traced", "≥ 0.9", traced, "no telemetry"),
    row("the same with a collector that never answers", "p99 < 1 % more", hanging, "one that answers"),
  ];
}
