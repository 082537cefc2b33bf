import test, { type ExecutionContext } from "ava";
import { type BannerClient, bannerClient } from "../helpers/daemon/banner-client.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Fault, type FaultServer, startFaultServer } from "../helpers/git-servers/fault-server.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";
import { ownTime } from "../helpers/runner/own-time.js";

/** A fraction of the defaults: 5 s, 10 s, 10 s, 60 s and 30 s. */
const TIMEOUTS = { connect: "1s", first_byte: "2s", idle: "2s", total: "8s", push: "3s" };
/** Whoever asks a remote that hangs waits for them. */
const LONG = { connect: "30s", first_byte: "30s", idle: "30s", total: "60s", push: "30s" };
/** With the defaults 30 s to send and 4 s to ask, which do not shrink here. The rest is for a busy machine. */
const MOST_MS = 3_000 + 4_000 + 4_000;

/** They wait for deadlines nearly all of their time. */
const check = testsInTurn(3);

interface Started extends BannerClient {
  readonly remote: TemporaryRepository;
  readonly server: FaultServer;
}

async function start(
  t: ExecutionContext,
  options: { readonly tls?: object; readonly strict?: boolean } = {},
): Promise<Started> {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, remote.path, options.tls === undefined ? {} : { tls: options.tls });
  const daemon = await inProcessDaemon(t, {
    storage: {
      default: {
        remote: server.url,
        poll_interval: options.strict ? "1s" : "1h",
        // On a crowded machine the first load may miss deadlines as short as these.
        fetch_policy: options.strict ? "strict" : "lenient",
        timeouts: options.strict ? LONG : TIMEOUTS,
        ...(server.certificate === undefined ? {} : { ca_cert_bytes: server.certificate.ca }),
      },
    },
  });
  await daemon.start();
  const client = bannerClient(() => daemon.url());
  await eventually(
    async () => {
      const status = await client.status();
      if (status.state !== "ready")
        await fetch(`${daemon.url()}/api/storages/default/sync?wait=true`, { method: "POST" });
      return status;
    },
    ({ state }) => state === "ready",
  );
  return { remote, server, ...client };
}

interface Stage {
  readonly fault: Fault;
  readonly tls?: object;
  /** Words of the answer to the write. */
  readonly words: RegExp;
  /** The remote has it although nobody knows. */
  readonly landed?: boolean;
}

const NOTHING = /nothing was written/;
const UNKNOWN = /the write is not confirmed/;

const STAGES: Readonly<Record<string, Stage>> = {
  "accepts and says nothing": { fault: { type: "silent" }, words: NOTHING },
  "hangs in the TLS handshake": { fault: { type: "silent" }, tls: {}, words: NOTHING },
  "does not answer the greeting": { fault: { type: "hang-head", on: ["push-greeting"] }, words: NOTHING },
  "hangs within the greeting": { fault: { type: "hang-body", after: 20, on: ["push-greeting"] }, words: NOTHING },
  "hangs within the greeting, and when asked": {
    fault: { type: "hang-body", after: 20, on: ["push-greeting", "refs", "greeting"] },
    words: NOTHING,
  },
  "takes the push and is silent ever after": {
    fault: { type: "hang-head", on: ["push", "refs", "greeting"] },
    words: UNKNOWN,
    landed: true,
  },
  "hangs within the report, and when asked": {
    fault: { type: "hang-body", after: 10, on: ["push", "refs", "greeting"] },
    words: UNKNOWN,
    landed: true,
  },
};

for (const [title, { fault, tls, words, landed }] of Object.entries(STAGES)) {
  check(`a write to a remote that ${title} is answered in time, and says what is known`, async (t) => {
    const { remote, server, write } = await start(t, tls === undefined ? {} : { tls });
    const before = await remote.head();
    await server.fail(fault);
    const own = ownTime(t);
    const answer = await write(false);
    const tookMs = own();
    t.is(answer.status, 503, JSON.stringify(answer.body));
    t.regex(answer.body.message, words);
    t.true(tookMs < MOST_MS, `${Math.round(tookMs)} ms`);
    t.is((await remote.head()) !== before, landed === true);
  });
}

check("a push whose report hangs is found by asking, and the write is acknowledged", async (t) => {
  const { server, write } = await start(t);
  await server.fail({ type: "hang-head", on: ["push"] });
  t.is((await write(false)).status, 200);
});

check("writes that wait behind one that hangs are answered with it, and are not made later", async (t) => {
  const { remote, server, write } = await start(t);
  await server.fail({ type: "hang-head", on: ["push", "refs", "greeting"] });
  const own = ownTime(t);
  const first = write(false);
  await eventually(
    async () => server.requests.includes("push"),
    (sent) => sent,
  );
  const [answer, ...others] = await Promise.all([first, write(true), write(false), write(true)]);
  const tookMs = own();
  t.regex(answer?.body.message, UNKNOWN);
  for (const { status, body } of others) {
    t.is(status, 503);
    t.regex(body.message, NOTHING);
  }
  t.true(tookMs < MOST_MS, `${Math.round(tookMs)} ms`);
  await server.fail(undefined);
  t.is(await remote.git("rev-list", "--count", "main"), "2");
  const last = await write(true);
  t.is(last.status, 200, JSON.stringify(last.body));
});

check("a write that names an unknown revision is answered in time though the remote hangs", async (t) => {
  const { server, write } = await start(t);
  await server.fail({ type: "hang-head" });
  const own = ownTime(t);
  const answer = await write(false, "1".repeat(40));
  const tookMs = own();
  t.true([409, 503].includes(answer.status), JSON.stringify(answer.body));
  t.true(tookMs < MOST_MS, `${tookMs} ms`);
});

test.serial("while the storage is failed a write is answered at once", async (t) => {
  const { server, write, status } = await start(t, { strict: true });
  await server.fail({ type: "status", status: 404 });
  await eventually(status, ({ state }) => state === "failed");
  // It stays failed while the next poll hangs.
  await server.fail({ type: "hang-head" });
  const own = ownTime(t);
  const answer = await write(false);
  const tookMs = own();
  t.is(answer.status, 503);
  t.regex(answer.body.message, NOTHING);
  t.true(tookMs < 2_000, `${tookMs} ms`);
  t.false(server.requests.includes("push-greeting"), "the remote is not asked");
});
