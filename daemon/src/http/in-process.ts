import type { Config } from "@vexil/config/config";
import { Subscription } from "rxjs";
import { accessRules } from "../access/access-rules.js";
import { Gate } from "../access/gate.js";
import { StaleCounts } from "../usage/stale-counts.js";
import type { ColdHandler } from "./cold-handler.js";
import { coldRoutes } from "./cold-routes.js";
import { ConsolePages } from "./console/console-pages.js";
import { Edge, type EdgeOptions, edgeSettings } from "./edge/edge.js";
import { edgeRoutes } from "./edge/edge-routes.js";
import { type EntryRule, entryRules } from "./edge/entry-rules.js";
import { type Health, healthState } from "./edge/health.js";
import { LazyEventStreams } from "./events/lazy-event-streams.js";
import { forwardedClient } from "./forwarded-client.js";
import type { HotPath } from "./hot-path.js";
import { ClientLimits } from "./limits/client-limits.js";
import { countedEngine } from "./metrics/counted-engine.js";
import { countedViews } from "./metrics/counted-views.js";
import { createMetrics, type MetricsReport } from "./metrics/create-metrics.js";
import { processMetrics } from "./metrics/late-process-metrics.js";
import { PastReads } from "./past/past-reads.js";
import { createReadProcess, type ReadProcess, type ReadProcessOptions } from "./read-process.js";
import type { ReadWorkers } from "./read-workers.js";
import { etagsReady } from "./reads/bulk-etag.js";
import { FreshEvaluations } from "./reads/fresh-evaluations.js";
import { mergeTallies } from "./reads/tally.js";
import { decideBy } from "./rights/decider.js";
import { KeptDecisions } from "./rights/kept-decisions.js";
import { Refusals } from "./rights/refusals.js";
import { allRoutes } from "./routes/index.js";
import { pastReadRoutes } from "./routes/past-reads.js";
import type { HttpServices } from "./services.js";

/** Answers requests in the process that owns writes and status, whoever accepts them. */
export interface InProcess {
  readonly limits: ClientLimits;
  readonly hotPath: Pick<HotPath, "handle">;
  /** Answers everything but reads. */
  readonly cold: ColdHandler;
  /** Facts about the cold routes that are needed where requests are accepted. */
  readonly rules: readonly EntryRule[];
  /** An edge before it; its settings follow a reload. */
  readonly edge: (parts: Pick<EdgeOptions, "hotPath" | "serves">) => Edge;
  readonly reload: (config: Config) => void;
  /** From now on new states go to the streams. */
  readonly follow: () => void;
  /** Health says that the daemon is stopping, and streams end. */
  readonly drain: () => void;
}

export async function createInProcess(
  services: HttpServices,
  workers: ReadWorkers | undefined,
  options: Pick<ReadProcessOptions, "heartbeatMs" | "stallMs">,
): Promise<InProcess> {
  await etagsReady;
  const { snapshots, status, logger } = services;
  let { config } = services;
  let rules = accessRules(config);
  const gate = new Gate(() => rules, services.authentication.callers);
  let limitSettings = { ...config.server, workers: 1 };
  const limits = new ClientLimits(() => limitSettings);
  const decisions = new KeptDecisions(decideBy(services.rights?.decider));
  const refusals = new Refusals(logger);
  let handler: ColdHandler | undefined;
  const past: ColdHandler = (request, response, body) => handler?.(request, response, body);
  const tracing = services.telemetry?.tracing;
  const createFlag = tracing?.createFlag((key) => snapshots.get(key)?.snapshot?.revision);
  const reads = createReadProcess({
    ...options,
    snapshots,
    gate,
    limits,
    decisions,
    refusals,
    logger,
    past,
    createFlag,
    within: tracing && ((request, work) => tracing.requests.within(request, work)),
    later: tracing && ((work) => tracing.requests.later(work)),
  });
  const evaluated = new FreshEvaluations(reads.tally);
  services.usage?.follow(() => evaluated.take());
  const changes = new Subscription();
  services.rights?.decider.changes$.subscribe((change) => {
    if (change === "rights") reads.rightsChanged();
    else reads.environmentsChanged();
    events.review();
  });
  const counts = { snapshots, tally: reads.tally };
  const { engine, queue } = countedEngine(tracing?.engine(services.engine) ?? services.engine, counts);
  const events = new LazyEventStreams(
    { ...options, ...services, gate, decisions, refusals },
    workers?.slots ?? limits.streams,
  );
  const own = processMetrics();
  const stale = services.usage && new StaleCounts(snapshots, services.usage);
  const workerCount = (): number => workers?.size ?? 1;
  const metrics = createMetrics({
    snapshots,
    status,
    isEnabled: () => config.metrics.enabled,
    workers: workerCount,
    queueLength: () => queue.length,
    policies: () => services.rights?.policyState,
    exchange: () => services.authentication.exchange,
    sinks: () => services.sinks?.statuses() ?? [],
    eventStreams: () => events.size,
    edge: () => services.edge?.state,
    staleFlags: () => stale?.all() ?? [],
    providers: () => services.authentication.logins.watch.states(),
    report: async () => {
      const [report, processes] = await Promise.all([
        fullReport(services, reads, workers),
        own().then((made) => made.families("primary")),
      ]);
      return { ...report, processes: [...processes, ...report.processes] };
    },
  });
  services.telemetry?.metrics(() => metrics.families());
  let draining = false;
  const routes = [
    ...edgeRoutes(
      allRoutes({ ...services, engine }, { config: () => config, gate, metrics, events, workers: workerCount }),
      {
        edge: services.edge,
        snapshots,
        sync: (storage) => engine.sync(storage),
      },
    ),
    ...pastReadRoutes(new PastReads(reads.services, () => engine.past)),
  ];
  const untraced = await coldRoutes(countedViews(routes, counts), {
    gate,
    decisions,
    refusals,
    clientOf: workers === undefined ? (request) => limits.addresses.of(request) : forwardedClient,
    clearedCookies: () => services.authentication.cookies.cleared(),
    logger,
    tally: reads.tally,
    settled: async () => workers?.settled(),
    routed: tracing === undefined ? undefined : (request, route) => tracing.requests.routed(request, route),
    pages: new ConsolePages(() => config.ui.enabled),
  });
  const cold = tracing?.requests.cold(untraced) ?? untraced;
  handler = cold;
  const health = (): Health => ({ ...healthState(status), draining, silentSeconds: 0 });
  const entries = entryRules(routes);
  const edges: Edge[] = [];
  return {
    limits,
    hotPath: tracing?.requests.hot(reads.hotPath) ?? reads.hotPath,
    cold,
    rules: entries,
    edge: (parts) => {
      const settings = edgeSettings(config, rules);
      const { tally } = reads;
      const edge = new Edge({ ...parts, settings, rules: entries, gate, limits, tally, health, cold });
      edges.push(edge);
      return edge;
    },
    reload: (changed) => {
      config = changed;
      rules = accessRules(changed);
      limitSettings = { ...changed.server, workers: 1 };
      for (const edge of edges) edge.configure(edgeSettings(config, rules));
      gate.rulesChanged();
    },
    follow: () => changes.add(followChanges(services, reads, workers)),
    drain: () => {
      draining = true;
      changes.unsubscribe();
      reads.hub.close();
      events.close();
    },
  };
}

/** New states go to the streams of this process; how long it takes until every process serves them is observed. */
function followChanges(
  { snapshots, telemetry }: HttpServices,
  reads: ReadProcess,
  workers: ReadWorkers | undefined,
): Subscription {
  return snapshots.changes$.subscribe((change) => {
    const started = performance.now();
    const since = Date.now();
    if (change.type === "published") reads.published(change.environment, change.changedNamespaces);
    else reads.removed(change.environment);
    const observe = (): void => {
      const tookMs = performance.now() - started;
      reads.tally.observe("publish_duration", tookMs);
      if (change.type !== "published") return;
      telemetry?.tracing?.published(change.environment, change.snapshot.revision, since, since + tookMs);
    };
    if (workers === undefined) observe();
    else void workers.published().then(observe);
  });
}

async function fullReport(
  { storageTally, telemetry }: HttpServices,
  reads: ReadProcess,
  workers: ReadWorkers | undefined,
): Promise<MetricsReport> {
  const report = await workers?.report();
  const tallies = [reads.tally, storageTally, telemetry?.tally].filter((tally) => tally !== undefined);
  const own = tallies.map((tally) => tally.data());
  return {
    tally: mergeTallies([...own, ...(report === undefined ? [] : [report.tally])]),
    streams: [...reads.hub.counts(), ...(report?.streams ?? [])],
    processes: report?.processes ?? [],
  };
}
