import { serialiseCommit } from "@vexil/git/objects/commit-codec";
import { gitObject } from "@vexil/git/objects/object-id";
import type { RemoteOptions } from "@vexil/git/remote/open-remote";
import type { PushResult } from "@vexil/git/remote/remote";
import type { ErrorCode, FailureStep } from "@vexil/plugin-api/errors";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { type Fault, type FaultServer, startFaultServer } from "../helpers/git-servers/fault-server.js";
import { fetchFrom, never, openTestRemote, TIMEOUTS } from "../helpers/git-servers/remote-client.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";
import { aFewAtOnce } from "../helpers/runner/a-few-at-once.js";

const MAIN = "refs/heads/main";

/** Each test starts processes of git, and all at once they would wait for each other longer than the deadlines under test. */
const inTurn = aFewAtOnce(4);
const slot =
  (body: (t: ExecutionContext) => Promise<void>) =>
  (t: ExecutionContext): Promise<void> => {
    t.timeout(180_000);
    return inTurn(() => body(t));
  };

type Step = "refs" | "fetch" | "push";

interface Expected {
  readonly code: ErrorCode;
  readonly step: FailureStep;
}

interface Case {
  readonly title: string;
  readonly fault: Fault;
  readonly options?: Partial<RemoteOptions>;
  /** Outcome of each operation. */
  readonly expected: Readonly<Record<Step, Expected>>;
  /** The push reached the repository although its answer did not arrive. */
  readonly landed?: boolean;
}

const noHead = { timeouts: { ...TIMEOUTS, firstByteMs: 4000, pushMs: 7000 } };
const noBody = { timeouts: { ...TIMEOUTS, idleMs: 1500, pushMs: 2500 } };

const same = (code: ErrorCode, step: FailureStep): Case["expected"] => ({
  refs: { code, step },
  fetch: { code, step },
  push: { code, step },
});
const inBody = (code: ErrorCode): Case["expected"] => ({
  refs: { code, step: "ref" },
  fetch: { code, step: "pack" },
  push: { code, step: "push" },
});
const slow: Case["expected"] = {
  ...same("VEXIL_CONNECTION_TIMEOUT", "http"),
  push: inBody("VEXIL_CONNECTION_TIMEOUT").push,
};

const CASES: readonly Case[] = [
  { title: "refused", fault: { type: "refused" }, expected: same("VEXIL_CONNECTION_REFUSED", "connect") },
  {
    title: "silent",
    fault: { type: "silent" },
    options: noHead,
    expected: same("VEXIL_CONNECTION_TIMEOUT", "http"),
  },
  {
    title: "a reset connection",
    fault: { type: "reset-connection" },
    expected: same("VEXIL_CONNECTION_RESET", "http"),
  },
  { title: "a request dropped", fault: { type: "drop" }, expected: same("VEXIL_CONNECTION_RESET", "http") },
  { title: "a hang before the head", fault: { type: "hang-head" }, options: noHead, expected: slow, landed: true },
  {
    title: "a hang within the body",
    fault: { type: "hang-body", after: 20 },
    options: noBody,
    expected: inBody("VEXIL_CONNECTION_TIMEOUT"),
    landed: true,
  },
  {
    title: "an empty answer",
    fault: { type: "truncate", after: 0 },
    expected: { ...inBody("VEXIL_CONNECTION_TRUNCATED"), refs: { code: "VEXIL_REMOTE_PROTOCOL", step: "ref" } },
    landed: true,
  },
  {
    title: "a body that ends within a packet",
    fault: { type: "truncate", after: 20 },
    expected: inBody("VEXIL_CONNECTION_TRUNCATED"),
    landed: true,
  },
  {
    title: "a body that ends between packets",
    fault: { type: "truncate", after: -4 },
    expected: inBody("VEXIL_CONNECTION_TRUNCATED"),
    landed: true,
  },
  {
    title: "a connection closed within the body",
    fault: { type: "cut", after: 20 },
    expected: inBody("VEXIL_CONNECTION_RESET"),
    landed: true,
  },
  {
    title: "a connection reset within the body",
    fault: { type: "reset", after: 20 },
    expected: inBody("VEXIL_CONNECTION_RESET"),
    landed: true,
  },
  {
    title: "a damaged body",
    fault: { type: "corrupt", after: -30 },
    expected: inBody("VEXIL_CONNECTION_CORRUPT"),
    landed: true,
  },
  {
    title: "an endless body",
    fault: { type: "endless" },
    options: { packBytes: 1e6 },
    expected: { ...inBody("VEXIL_CONNECTION_ENDLESS"), fetch: { code: "VEXIL_REMOTE_TOO_LARGE", step: "pack" } },
  },
  { title: "401", fault: { type: "status", status: 401 }, expected: same("VEXIL_AUTH_REJECTED", "auth") },
  { title: "403", fault: { type: "status", status: 403 }, expected: same("VEXIL_AUTH_REJECTED", "auth") },
  { title: "404", fault: { type: "status", status: 404 }, expected: same("VEXIL_REMOTE_NOT_FOUND", "http") },
  { title: "418", fault: { type: "status", status: 418 }, expected: same("VEXIL_REMOTE_STATUS", "http") },
  { title: "429", fault: { type: "status", status: 429 }, expected: same("VEXIL_CONNECTION_RATE_LIMITED", "http") },
  { title: "500", fault: { type: "status", status: 500 }, expected: same("VEXIL_CONNECTION_STATUS_5XX", "http") },
  { title: "503", fault: { type: "status", status: 503 }, expected: same("VEXIL_CONNECTION_STATUS_5XX", "http") },
  { title: "a login page with 200", fault: { type: "page" }, expected: same("VEXIL_REMOTE_LOGIN_PAGE", "http") },
];

async function start(t: ExecutionContext, options: Partial<RemoteOptions> = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  const head = (await repository.head()) as string;
  const remote = openTestRemote(t, server.url, options);
  // What the server can do is known from here on, as between two polls.
  t.is((await patiently(() => remote.listRefs([MAIN], never))).refs.get(MAIN), head);
  return { repository, server, head, remote };
}

/** A loaded machine may take longer than the short deadlines of some cases before anything goes wrong. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 10 || !VexilError.is(error) || error.code !== "VEXIL_CONNECTION_TIMEOUT") throw error;
    }
  }
}

function commitOn(parent: string, tree: string, message: string) {
  const author = { name: "Vexil", email: "vexil@example.com" };
  const text = serialiseCommit({
    tree,
    parents: [parent],
    author,
    message,
    timestampMs: Date.now(),
    instance: "one",
    signature: undefined,
  });
  return gitObject("commit", Buffer.from(text));
}

async function newCommit(repository: TemporaryRepository, message: string) {
  const [parent, tree] = (await repository.git("rev-parse", "main", "main^{tree}")).split("\n") as [string, string];
  const commit = commitOn(parent, tree, message);
  return { updates: [{ ref: MAIN, old: parent, new: commit.oid }], objects: [commit] };
}

async function failureOf(t: ExecutionContext, work: Promise<unknown>): Promise<VexilError> {
  const error: unknown = await t.throwsAsync(work, { any: true });
  if (!VexilError.is(error)) throw error;
  return error;
}

for (const { title, fault, options, expected, landed } of CASES) {
  test(
    `${title}: each operation says what and where, nothing moves, and the next try works`,
    slot(async (t) => {
      const { repository, server, head, remote } = await start(t, options);
      const push = await newCommit(repository, title);
      const operations: readonly (readonly [Step, () => Promise<unknown>])[] = [
        ["refs", () => remote.listRefs([MAIN], never)],
        ["fetch", () => fetchFrom(remote, { wants: [head] })],
        ["push", () => remote.push(push, never)],
      ];
      for (const [step, operation] of operations) {
        await server.fail({ ...fault, on: [step] });
        const error = await failureOf(t, operation());
        t.deepEqual(
          [error.code, error.details.step],
          [expected[step].code, expected[step].step],
          `${step}: ${error.message}`,
        );
        t.true(error.message.includes(server.origin), error.message);
        await server.fail(undefined);
      }
      t.is(await repository.head(), landed === true ? push.objects[0]?.oid : head);
      t.truthy((await patiently(() => remote.listRefs([MAIN], never))).refs.get(MAIN));
      t.is((await patiently(() => fetchFrom(remote, { wants: [head] }))).objects.length, 6);
      const patient = openTestRemote(t, server.url);
      const result: PushResult = await patient.push(await newCommit(repository, "again"), never);
      t.deepEqual(result.refs.get(MAIN), { ok: true });
      await repository.git("fsck", "--strict");
    }),
  );
}

const GREETINGS: readonly Case[] = CASES.filter(({ title }) => !["an endless body"].includes(title)).map((entry) => ({
  ...entry,
  expected: {
    ...entry.expected,
    ...(entry.title === "an empty answer" ? { refs: { code: "VEXIL_CONNECTION_TRUNCATED", step: "ref" } } : {}),
  },
}));

for (const { title, fault, options, expected } of GREETINGS) {
  test(
    `${title} in the greeting of a server not known yet`,
    slot(async (t) => {
      const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const server = await startFaultServer(t, repository.path, { protocol: 0 });
      const remote = openTestRemote(t, server.url, options);
      await server.fail(fault);
      const error = await failureOf(t, remote.listRefs([MAIN], never));
      t.deepEqual([error.code, error.details.step], [expected.refs.code, expected.refs.step], error.message);
      await server.fail(undefined);
      t.is((await patiently(() => remote.listRefs([MAIN], never))).refs.get(MAIN), await repository.head());
    }),
  );
}

test(
  "one byte at a time and a wrong content type are no failures",
  slot(async (t) => {
    const { repository, server, head, remote } = await start(t);
    for (const type of ["trickle", "wrong-type"] as const) {
      await server.fail({ type });
      t.is((await remote.listRefs([MAIN], never)).refs.get(MAIN), (await repository.head()) as string);
      t.is((await fetchFrom(remote, { wants: [head] })).objects.length, 6);
      const result = await remote.push(await newCommit(repository, type), never);
      t.deepEqual(result.refs.get(MAIN), { ok: true });
    }
  }),
);

test(
  "a kept connection that the server closes under a request is opened again, but a push is never repeated",
  slot(async (t) => {
    const { repository, server, head, remote } = await start(t);
    await server.fail({ type: "drop", times: 1 });
    t.is((await remote.listRefs([MAIN], never)).refs.get(MAIN), head);
    await remote.push({ updates: [{ ref: "refs/heads/x", old: undefined, new: head }], objects: [] }, never);
    server.requests.length = 0;
    await server.fail({ type: "drop", times: 1 });
    const error = await failureOf(t, remote.push(await newCommit(repository, "x"), never));
    t.is(error.code, "VEXIL_CONNECTION_RESET");
    t.deepEqual(server.requests, ["push"]);
  }),
);

test(
  "Retry-After is told, in seconds and as a date",
  slot(async (t) => {
    const { server, remote } = await start(t);
    const ask = async (status: number, retryAfter: string): Promise<unknown> => {
      await server.fail({ type: "status", status, headers: { "retry-after": retryAfter } });
      return (await failureOf(t, remote.listRefs([MAIN], never))).details.retryAfterMs;
    };
    t.is(await ask(429, "120"), 120_000);
    const ms = Number(await ask(503, new Date(Date.now() + 90_000).toUTCString()));
    t.true(ms > 60_000 && ms <= 90_000, String(ms));
    t.is(await ask(429, "soon"), undefined);
  }),
);

test(
  "an abort ends a hanging operation at once",
  slot(async (t) => {
    const { server, remote } = await start(t);
    await server.fail({ type: "hang-head" });
    const controller = new AbortController();
    const listing = remote.listRefs([MAIN], controller.signal);
    controller.abort();
    t.is((await failureOf(t, listing)).code, "VEXIL_INTERNAL_CANCELLED");
  }),
);

async function redirecting(
  t: ExecutionContext,
): Promise<{ first: FaultServer; second: FaultServer; repository: TemporaryRepository }> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const first = await startFaultServer(t, repository.path);
  const second = await startFaultServer(t, repository.path);
  return { first, second, repository };
}

test(
  "a redirect loop ends with an error",
  slot(async (t) => {
    const { first } = await redirecting(t);
    await first.fail({ type: "redirect", to: first.origin });
    const error = await failureOf(t, openTestRemote(t, first.url).listRefs([MAIN], never));
    t.deepEqual([error.code, error.details.step], ["VEXIL_REMOTE_REDIRECT", "http"]);
    t.is(first.requests.length, 6);
  }),
);

test(
  "reading follows a redirect of the greeting to another host, a push does not and names both",
  slot(async (t) => {
    const { first, second, repository } = await redirecting(t);
    const head = (await repository.head()) as string;
    await first.fail({ type: "redirect", to: second.origin });
    const remote = openTestRemote(t, first.url);
    t.is((await remote.listRefs([MAIN], never)).refs.get(MAIN), head);
    t.is((await fetchFrom(remote, { wants: [head] })).objects.length, 6);
    t.deepEqual(second.requests, ["greeting", "refs", "fetch"]);
    const error = await failureOf(t, remote.push(await newCommit(repository, "x"), never));
    t.is(error.code, "VEXIL_REMOTE_REDIRECT");
    t.true(error.message.includes(first.origin) && error.message.includes(second.origin), error.message);
    t.is(await repository.head(), head);
    t.deepEqual(second.requests, ["greeting", "refs", "fetch"]);
  }),
);

test(
  "a server that moves while it is known is found again in the same operation",
  slot(async (t) => {
    const { first, second, repository } = await redirecting(t);
    const remote = openTestRemote(t, first.url);
    await remote.listRefs([MAIN], never);
    await first.fail({ type: "redirect", to: second.origin, status: 308 });
    t.is((await remote.listRefs([MAIN], never)).refs.get(MAIN), await repository.head());
    t.deepEqual(second.requests, ["greeting", "refs"]);
  }),
);

test(
  "certificates: unknown authority and wrong name are told, the configured authority is trusted",
  slot(async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const good = await startFaultServer(t, repository.path, { tls: {} });
    const wrong = await startFaultServer(t, repository.path, { tls: { name: "git.example.com" } });
    const open = (server: FaultServer, tls: RemoteOptions["tls"], options: Partial<RemoteOptions> = {}) =>
      openTestRemote(t, server.url, { tls, ...options });
    const caCertBytes = good.certificate?.ca;
    const list = (remote: ReturnType<typeof open>) => remote.listRefs([MAIN], never);
    t.is((await list(open(good, { insecureSkipTls: false, caCertBytes }))).refs.size, 1);
    t.is((await list(open(good, { insecureSkipTls: false, caCertPath: good.certificate?.caPath }))).refs.size, 1);
    t.is((await list(open(wrong, { insecureSkipTls: true }))).refs.size, 1);
    for (const [server, ca] of [
      [good, undefined],
      [wrong, wrong.certificate?.ca],
      [good, "no certificate"],
    ] as const) {
      const error = await failureOf(t, list(open(server, { insecureSkipTls: false, caCertBytes: ca })));
      t.deepEqual([error.code, error.details.step], ["VEXIL_REMOTE_CERTIFICATE", "tls"], error.message);
    }
    const tls = { insecureSkipTls: false, caCertBytes };
    await good.fail({ type: "reset-connection" });
    const cut = await failureOf(t, list(open(good, tls)));
    t.deepEqual([cut.code, cut.details.step], ["VEXIL_CONNECTION_TLS", "tls"], cut.message);
    await good.fail({ type: "silent" });
    const silent = await failureOf(t, list(open(good, tls, { timeouts: { ...TIMEOUTS, connectMs: 900 } })));
    t.deepEqual([silent.code, silent.details.step], ["VEXIL_CONNECTION_TIMEOUT", "tls"], silent.message);
  }),
);

test(
  "a redirect from https to http is not followed",
  slot(async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const secure = await startFaultServer(t, repository.path, { tls: {} });
    const plain = await startFaultServer(t, repository.path);
    await secure.fail({ type: "redirect", to: plain.origin });
    const remote = openTestRemote(t, secure.url, {
      tls: { insecureSkipTls: false, caCertBytes: secure.certificate?.ca },
    });
    t.is((await failureOf(t, remote.listRefs([MAIN], never))).code, "VEXIL_REMOTE_REDIRECT");
    t.deepEqual(plain.requests, []);
  }),
);

test(
  "a host that does not exist is a DNS failure",
  slot(async (t) => {
    const remote = openTestRemote(t, "http://no-such-host.invalid/flags.git");
    const error = await failureOf(t, remote.listRefs([MAIN], never));
    t.deepEqual([error.code, error.details.step], ["VEXIL_CONNECTION_DNS", "dns"]);
  }),
);
