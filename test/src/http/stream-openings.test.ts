import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import test, { type ExecutionContext } from "ava";
import type { AccessRules } from "../../../daemon/dist/access/access-rules.js";
import { Callers } from "../../../daemon/dist/access/callers.js";
import { Gate } from "../../../daemon/dist/access/gate.js";
import type { Principal } from "../../../daemon/dist/access/principal.js";
import { ClientLimits } from "../../../daemon/dist/http/limits/client-limits.js";
import type { Release } from "../../../daemon/dist/http/limits/stream-slots.js";
import { createReadProcess, type ReadProcess } from "../../../daemon/dist/http/read-process.js";
import type { Decision } from "../../../daemon/dist/http/rights/decision.js";
import { KeptDecisions } from "../../../daemon/dist/http/rights/kept-decisions.js";
import { Refusals } from "../../../daemon/dist/http/rights/refusals.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { silentLogger } from "../helpers/http/http-server.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";
import { DEFAULT_LIMITS } from "../helpers/http/server-limits.js";

const RULES: AccessRules = {
  required: true,
  metricsRequired: false,
  exclude: { evaluation: false, ofrep: false },
  rights: true,
  hasMethods: true,
};

const ADA: Principal = {
  id: "session-of-ada",
  method: "oidc",
  scheme: "Bearer",
  createdAt: 1,
  identity: { subject: "ada", metadata: {}, claims: {} },
};

/** A process that answers reads, as a worker is one, and what the primary would tell it. */
interface Reads {
  readonly open: () => Promise<OpenStream>;
  readonly callers: Callers;
  readonly process: ReadProcess;
  /** Whose the credential is. */
  principal: Principal | undefined;
  /** Answers what is asked about rights. */
  decide: () => Promise<Decision>;
  /** Streams that wait for a place: each is given it by a call. */
  readonly waiting: (() => void)[];
  /** Streams that have a place. */
  places: number;
}

async function start(t: ExecutionContext): Promise<Reads> {
  const snapshots = new SnapshotStore();
  const publisher = new FilePublisher(t, snapshots);
  publisher.declare("default", { default: true });
  await publisher.publish("default", exampleFiles());
  const callers = new Callers(async () => reads.principal);
  const gate = new Gate(() => RULES, callers);
  const take = (): Promise<Release> =>
    new Promise((resolve) => {
      reads.waiting.push(() => {
        reads.places += 1;
        let taken = true;
        resolve(() => {
          if (taken) reads.places -= 1;
          taken = false;
        });
      });
    });
  const limits = new ClientLimits(() => ({ limits: DEFAULT_LIMITS, trustedProxies: [], workers: 2 }), {
    streams: { take },
    tell: () => {},
  });
  const process = createReadProcess({
    snapshots,
    gate,
    limits,
    decisions: new KeptDecisions(() => reads.decide()),
    refusals: new Refusals(silentLogger),
    logger: silentLogger,
  });
  const server = createServer((request, response) => {
    if (!process.hotPath.handle(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    process.hub.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reads: Reads = {
    open: () =>
      openStream(t, `${url}/client/v2/environments/default/namespaces/ops/stream`, { authorization: "Bearer ada" }),
    callers,
    process,
    principal: ADA,
    decide: async () => ({ allowed: true, keepMs: undefined }),
    waiting: [],
    places: 0,
  };
  return reads;
}

/** Waits until a stream wants a place. */
const wanted = (reads: Reads): Promise<unknown> => eventually(async () => reads.waiting.length, Boolean);

/** Gives all a place who wait for one. */
function give(reads: Reads): void {
  for (const one of reads.waiting.splice(0)) one();
}

const DENIED = async (): Promise<Decision> => ({ allowed: false, keepMs: undefined });

for (const [what, change, status] of [
  [
    "its credential is withdrawn",
    (reads: Reads) => {
      reads.principal = undefined;
      reads.callers.forget();
    },
    401,
  ],
  [
    "its session ends",
    (reads: Reads) => {
      reads.principal = undefined;
      reads.callers.forget({ id: ADA.id, at: Date.now() });
    },
    401,
  ],
  [
    "its right is taken away",
    (reads: Reads) => {
      reads.decide = DENIED;
      reads.process.rightsChanged();
    },
    403,
  ],
  [
    "its credential becomes somebody else's, who has no right",
    (reads: Reads) => {
      reads.principal = { ...ADA, id: "bob" };
      reads.decide = DENIED;
      reads.callers.forget();
    },
    403,
  ],
] as const) {
  test(`a stream does not begin when ${what} while it waits for its place`, async (t) => {
    const reads = await start(t);
    const opening = reads.open();
    await wanted(reads);
    change(reads);
    give(reads);
    const stream = await opening;
    await stream.ended;
    t.is(stream.status, status, stream.text());
    t.notRegex(stream.text(), /"result"/);
    await eventually(
      async () => reads.places,
      (places) => places === 0,
    );
  });
}

test("a stream does not begin when its credential is withdrawn while its rights are looked at", async (t) => {
  const reads = await start(t);
  let answer: ((decision: Decision) => void) | undefined;
  reads.decide = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const opening = reads.open();
  await eventually(async () => answer, Boolean);
  reads.principal = undefined;
  reads.callers.forget();
  answer?.({ allowed: true, keepMs: undefined });
  await wanted(reads);
  give(reads);
  t.is((await opening).status, 401);
});

test("a stream that nothing has changed for begins, and gives its place back", async (t) => {
  const reads = await start(t);
  const opening = reads.open();
  await wanted(reads);
  give(reads);
  const stream = await opening;
  t.is(stream.status, 200);
  await stream.until((text) => text.endsWith("}\n"));
  t.is(reads.places, 1);
  stream.close();
  await eventually(
    async () => reads.places,
    (places) => places === 0,
  );
});

test("streams that are allowed for a time go on being looked at after decisions have been forgotten", async (t) => {
  const reads = await start(t);
  reads.decide = async () => ({ allowed: true, keepMs: 100 });
  const opening = reads.open();
  await wanted(reads);
  give(reads);
  const stream = await opening;
  t.is(stream.status, 200);
  reads.process.rightsChanged();
  let asked = false;
  reads.decide = async () => {
    asked = true;
    return { allowed: true, keepMs: 100 };
  };
  await eventually(async () => asked, Boolean);
  reads.decide = async () => ({ allowed: false, keepMs: 100 });
  await stream.ended;
  t.regex(stream.text(), /permission denied/);
});
