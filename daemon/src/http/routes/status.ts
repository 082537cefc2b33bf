import type { Engine } from "@vexil/engine/model/engine";
import type { SinkStatus } from "@vexil/engine/model/sink-status";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StatusReader, StorageStatus } from "@vexil/engine/model/storage-status";
import { type FailingTest, NO_FAILING_TESTS, namedNamespaces } from "@vexil/engine/storage/state/failing-tests";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import type { ExchangeState } from "../../access/sessions/exchange/revocation-place.js";
import type { EdgeState } from "../../edge/edge-state.js";
import { version } from "../../version.js";
import type { PolicyFault } from "../rights/policy-follower.js";
import { cutStatus, readableStatus } from "../rights/readable-status.js";
import { param, type Route, type RouteRequest } from "../route.js";
import { failedCaseSchema } from "./error-schemas.js";
import { shownUpstream, upstreamSchema } from "./shown-upstream.js";

const STEPS = ["dns", "connect", "tls", "http", "auth", "host-key", "ref", "pack", "parse", "push", "backend"] as const;

const storageSchema = z.object({
  id: z.string(),
  backend: z.string(),
  state: z.enum(["starting", "ready", "stale", "failed"]),
  revision: z.string(),
  environments: z.array(z.string()),
  lastSuccess: z.iso.datetime().optional(),
  stalenessSeconds: z.number(),
  lastError: z.object({ code: z.string(), step: z.enum(STEPS), message: z.string(), at: z.iso.datetime() }).optional(),
  nextPoll: z.iso.datetime().optional(),
  leaseHeld: z.boolean().optional(),
  quarantined: z.array(
    z.object({
      file: z.string(),
      line: z.int().optional(),
      column: z.int().optional(),
      namespace: z.string(),
      reason: z.string(),
      revision: z.string(),
      test: z.literal(true).optional(),
    }),
  ),
  failingTests: z
    .array(
      z.object({
        environment: z.string(),
        file: z.string(),
        line: z.int().optional(),
        column: z.int().optional(),
        namespaces: z.array(z.string()).describe("The first of those that it is about."),
        test: failedCaseSchema.optional(),
        reason: z.string(),
        revision: z.string(),
        enforced: z.boolean(),
      }),
    )
    .optional(),
  unread: z.array(z.string()).optional(),
  unservedBranches: z
    .array(z.object({ environment: z.string(), limit: z.int(), count: z.int(), names: z.array(z.string()) }))
    .optional(),
  unservedNamespaces: z
    .array(z.object({ environment: z.string(), namespace: z.string(), searching: z.literal(true).optional() }))
    .optional(),
  warnings: z.array(z.string()).optional(),
  uncommitted: z.array(z.string()).optional(),
  blocked: z.object({ code: z.string(), reason: z.string() }).optional(),
});

type FailingTestAnswer = NonNullable<z.input<typeof storageSchema>["failingTests"]>[number];

const sessionsSchema = z.object({
  sharedBy: z.string(),
  state: z.enum(["connected", "disconnected"]),
  since: z.iso.datetime(),
  untold: z.int(),
  holding: z.literal(true).optional(),
  lastError: z.string().optional(),
});

const sinkSchema = z.object({
  name: z.string(),
  type: z.string(),
  state: z.enum(["ready", "failing"]),
  delivered: z.int(),
  failed: z.int(),
  dropped: z.int(),
  lag: z.object({ commits: z.int(), seconds: z.int() }),
  lastError: z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).optional(),
});

const statusSchema = z.object({
  version: z.string(),
  node: z.string().describe("Version of Node.js that it runs on."),
  startedAt: z.iso.datetime(),
  workers: z.object({
    running: z.int(),
    configured: z.int().describe("`server.workers`; with one the daemon answers reads itself."),
  }),
  storages: z.array(storageSchema),
  sessions: sessionsSchema.optional(),
  sinks: z.array(sinkSchema).optional(),
  upstream: upstreamSchema.optional(),
});

/** Processes that answer reads. */
export interface WorkerCount {
  readonly running: number;
  readonly configured: number;
}

/** The state of every storage, and polls on demand. */
export function statusRoutes(
  status: StatusReader,
  engine: Engine,
  snapshots: SnapshotReader,
  fault: () => PolicyFault | undefined,
  exchange: () => ExchangeState | undefined,
  sinks: () => readonly SinkStatus[],
  workers: () => WorkerCount,
  edge: () => EdgeState | undefined,
): readonly Route[] {
  const withFault = (storage: StorageStatus): StorageStatus => {
    const policies = fault();
    if (policies?.storage !== storage.id) return storage;
    return { ...storage, warnings: [...(storage.warnings ?? []), policies.reason] };
  };
  return [
    {
      method: "GET",
      path: "/api/status",
      summary: "The state of every storage that the caller may read of.",
      access: "token",
      action: "read",
      place: "answer",
      answers: { 200: { description: "Version and storages.", schema: statusSchema } },
      handle: async ({ rights }) => {
        const storages: StorageStatus[] = [];
        for (const storage of status.storages().map(withFault)) {
          const readable = await readableStatus(snapshots, rights, storage);
          if (readable !== undefined) storages.push(readable);
        }
        const shared = exchange();
        const sessions = shared && { sessions: shownExchange(shared, await rights.may("admin")) };
        // They tell of all environments.
        const told = (await rights.may("read")) ? sinks() : [];
        const upstream = shownUpstream(edge(), await rights.may("read"));
        const rest = { workers: workers(), storages: storages.map(shownStorage), ...sessions, ...upstream };
        const body = { version, node: process.version, startedAt: isoTime(status.startedAt), ...rest };
        return { status: 200, body: told.length === 0 ? body : { ...body, sinks: told.map(shownSink) } };
      },
    },
    {
      method: "POST",
      path: "/api/storages/{storage}/sync",
      summary: "Polls a storage's remote now.",
      access: "token",
      action: "sync",
      place: "answer",
      query: { wait: "`true`: answer when the poll has ended, with the storage's status." },
      answers: {
        200: { description: "The status after the poll.", schema: storageSchema },
        202: { description: "The poll is under way.", schema: z.object({ storage: z.string() }) },
      },
      handle: async (request) => {
        const id = param(request, "storage").toLowerCase();
        await requireSync(snapshots, request, id);
        const poll = engine.sync(id);
        if (poll === undefined) throw new VexilError("VEXIL_NOT_FOUND", `storage "${id}" not found`);
        if (request.query.get("wait") === "true") {
          const after = withFault(await poll);
          const readable = await readableStatus(snapshots, request.rights, after);
          return { status: 200, body: shownStorage(readable ?? (await cutStatus([], request.rights, after))) };
        }
        // How it ends is an event of the storage, logged there.
        poll.catch(() => {});
        return { status: 202, body: { storage: id } };
      },
    },
  ];
}

/** Faults that one storage's status lists: every branch of hundreds may have thousands. */
const MOST_QUARANTINED = 2000;

/** One of a storage's environments will do; a storage that there is not is judged as all there are. */
async function requireSync(snapshots: SnapshotReader, { rights }: RouteRequest, id: string): Promise<void> {
  if (await rights.may("sync")) return;
  for (const { info } of snapshots.all()) {
    if (info.storage === id && (await rights.may("sync", info.key))) return;
  }
  rights.refuse("sync");
}

function shownStorage(storage: StorageStatus): z.input<typeof storageSchema> {
  const { lastError, lastSuccess, nextPoll, leaseHeld, uncommitted, blocked } = storage;
  const { unservedBranches = [], unservedNamespaces = [], unread = [], tests = NO_FAILING_TESTS } = storage;
  const omitted = storage.quarantined.length - MOST_QUARANTINED;
  const testsOmitted = tests.omitted + Math.max(0, tests.failing.length - MOST_QUARANTINED);
  const warnings = [
    ...(storage.warnings ?? []),
    ...(omitted > 0 ? [`${omitted} more faults of quarantined files are not listed`] : []),
    ...(testsOmitted > 0 ? [`${testsOmitted} more failing tests are not listed`] : []),
  ];
  return {
    id: storage.id,
    backend: storage.backend,
    state: storage.state,
    revision: storage.revision ?? "",
    environments: [...storage.environments],
    ...(lastSuccess === undefined ? {} : { lastSuccess: isoTime(lastSuccess) }),
    stalenessSeconds: storage.stalenessSeconds,
    ...(lastError === undefined ? {} : { lastError: { ...lastError, at: isoTime(lastError.at) } }),
    ...(nextPoll === undefined ? {} : { nextPoll: isoTime(nextPoll) }),
    ...(leaseHeld === undefined ? {} : { leaseHeld }),
    quarantined: storage.quarantined.slice(0, MOST_QUARANTINED),
    ...(tests.failing.length === 0 ? {} : { failingTests: tests.failing.slice(0, MOST_QUARANTINED).map(shownTest) }),
    ...(unread.length === 0 ? {} : { unread: unread.slice(0, MOST_QUARANTINED) }),
    ...(unservedBranches.length === 0
      ? {}
      : { unservedBranches: unservedBranches.map((beyond) => ({ ...beyond, names: [...beyond.names] })) }),
    ...(unservedNamespaces.length === 0 ? {} : { unservedNamespaces: [...unservedNamespaces] }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(uncommitted.length === 0 ? {} : { uncommitted: [...uncommitted] }),
    ...(blocked === undefined ? {} : { blocked }),
  };
}

function shownTest(failing: FailingTest): FailingTestAnswer {
  return { ...failing, namespaces: namedNamespaces(failing) };
}

/** The reason names where the place is, which is for administrators. */
function shownExchange(state: ExchangeState, isAdmin: boolean): z.input<typeof sessionsSchema> {
  const { place: sharedBy, isConnected, since, untold, isHolding, reason } = state;
  return {
    sharedBy,
    state: isConnected ? "connected" : "disconnected",
    since: isoTime(since),
    untold,
    ...(isHolding ? { holding: true } : {}),
    ...(isAdmin && reason !== undefined ? { lastError: reason } : {}),
  };
}

function shownSink({ lastError, ...sink }: SinkStatus): z.input<typeof sinkSchema> {
  return { ...sink, ...(lastError === undefined ? {} : { lastError: { ...lastError, at: isoTime(lastError.at) } }) };
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
