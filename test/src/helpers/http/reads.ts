import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import type { AccessRules } from "../../../../daemon/dist/access/access-rules.js";
import { Callers } from "../../../../daemon/dist/access/callers.js";
import { Gate } from "../../../../daemon/dist/access/gate.js";
import type { Principal } from "../../../../daemon/dist/access/principal.js";
import { ClientLimits } from "../../../../daemon/dist/http/limits/client-limits.js";
import type { Release } from "../../../../daemon/dist/http/limits/stream-slots.js";
import { createReadProcess, type ReadProcess } from "../../../../daemon/dist/http/read-process.js";
import { etagsReady } from "../../../../daemon/dist/http/reads/bulk-etag.js";
import type { Decision, Question } from "../../../../daemon/dist/http/rights/decision.js";
import { KeptDecisions } from "../../../../daemon/dist/http/rights/kept-decisions.js";
import { Refusals } from "../../../../daemon/dist/http/rights/refusals.js";
import type { Scope } from "../files/temporary-directory.js";
import { exampleFiles, FilePublisher } from "../flags/published-files.js";
import { silentLogger } from "./http-server.js";
import { DEFAULT_LIMITS } from "./server-limits.js";

const RULES: AccessRules = {
  required: true,
  metricsRequired: false,
  exclude: { evaluation: false, ofrep: false },
  rights: true,
  hasMethods: true,
};

/** The caller, unless a test says otherwise. */
export const ADA: Principal = {
  id: "session-of-ada",
  method: "oidc",
  scheme: "Bearer",
  createdAt: 1,
  identity: { subject: "ada", metadata: {}, claims: {} },
};

/** A process that answers reads, as a worker is one, and what the primary would tell it. */
export interface Reads {
  readonly url: string;
  /** Publishes other files. */
  readonly publisher: FilePublisher;
  readonly callers: Callers;
  readonly process: ReadProcess;
  /** Answers whose a credential is. */
  whose: () => Promise<Principal | undefined>;
  /** Answers what is asked about rights. */
  decide: (question: Question) => Promise<Decision>;
  /** Streams that wait for a place: each is given it by a call. */
  readonly waiting: (() => void)[];
  /** Streams that have a place. */
  places: number;
}

/** Starts it, with the environment `default` of the example files. */
export async function startReads(t: Scope): Promise<Reads> {
  const snapshots = new SnapshotStore();
  const publisher = new FilePublisher(t, snapshots);
  publisher.declare("default", { default: true });
  await publisher.publish("default", exampleFiles());
  const callers = new Callers(() => reads.whose());
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
  await etagsReady;
  const process = createReadProcess({
    snapshots,
    gate,
    limits,
    decisions: new KeptDecisions((_caller, question) => reads.decide(question)),
    refusals: new Refusals(silentLogger),
    logger: silentLogger,
    past: (_request, response) => void response.writeHead(404).end(),
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
    url,
    publisher,
    callers,
    process,
    whose: async () => ADA,
    decide: async () => ({ allowed: true, keepMs: undefined }),
    waiting: [],
    places: 0,
  };
  return reads;
}
