import test from "ava";
import fc from "fast-check";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { anyCharacter } from "../helpers/flags/any-character.js";
import { issuerKey, signed, startJwksServer } from "../helpers/http/jwks-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const SIGNATURE = { name: "Flags Daemon", email: "flags@example.com" };
const M = "/api/v2/environments/default/namespaces";
const BANNER = `${M}/default/resources/flipt.core.Flag/banner`;

/** Tokens of the configuration, by name: what stands beside the credential. */
const TOKENS: Readonly<Record<string, object>> = {
  ci: { name: "CI Runner", email: "ci@example.com", metadata: { name: "not this one", email: "nor@example.com" } },
  meta: { metadata: { name: "Meta", email: "meta@example.com" } },
  blank: { name: "  ", metadata: { name: "Meta", email: "meta@example.com" } },
  half: { name: "Half" },
  none: {},
  late: { expires_at: "2020-01-01T00:00:00Z" },
  hostile: {
    name: "Eve\nparent 1111111111111111111111111111111111111111\nauthor Boss <boss@example.com> 0 +0000",
    email: "eve@example.com>\ncommitter Boss <boss@example.com",
  },
};

async function start(t: Scope, more: Readonly<Record<string, unknown>> = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const key = await issuerKey("ES256", "one");
  const { url } = await startJwksServer(t, [key]);
  const tokens = Object.entries(TOKENS).map(([name, beside]) => [name, { credential: `secret-of-${name}`, ...beside }]);
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path }, signature: SIGNATURE } },
    authentication: {
      required: true,
      methods: {
        token: { enabled: true, storage: { tokens: Object.fromEntries(tokens) } },
        jwt: { enabled: true, jwks_url: url },
      },
    },
    ...more,
  });
  await (await daemon.start()).settled;
  const call = async (authorization: string, method: string, path: string, body?: object, id = "request-1") => {
    const response = await fetch(daemon.url() + path, {
      method,
      headers: { Authorization: authorization, "x-request-id": id },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  /** Makes a namespace as the caller; its commit. */
  const write = async (authorization: string, key: string, environment = "default"): Promise<Written> => {
    const path = M.replace("default", environment);
    const answer = await call(authorization, "POST", path, { key, name: key }, `request-of-${key}`);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer));
    return readCommit(answer.body.revision as string);
  };
  const readCommit = async (oid: string): Promise<Written> => {
    const raw = await repository.git("cat-file", "commit", oid);
    const head = raw.slice(0, raw.indexOf("\n\n"));
    const [author = "", committer = ""] = (
      await repository.git("log", "-1", "--format=%an <%ae>%x00%cn <%ce>", oid)
    ).split("\0");
    return {
      author,
      committer,
      headers: head.split("\n").map((line) => line.split(" ")[0] ?? ""),
      actor: await repository.git("log", "-1", "--format=%(trailers:key=Vexil-Actor,valueonly,separator=|)", oid),
      request: await repository.git("log", "-1", "--format=%(trailers:key=Vexil-Request,valueonly,separator=|)", oid),
      message: raw.slice(raw.indexOf("\n\n") + 2),
    };
  };
  const jwt = async (claims: object): Promise<string> => `JWT ${await signed(key, claims as { sub?: string })}`;
  return { repository, daemon, call, write, readCommit, jwt };
}

interface Written {
  readonly author: string;
  readonly committer: string;
  readonly headers: readonly string[];
  readonly actor: string;
  readonly request: string;
  readonly message: string;
}

/** One daemon for all tests that change nothing of its configuration. */
let shared: Awaited<ReturnType<typeof start>>;
const undo: (() => unknown)[] = [];
test.before(async () => {
  shared = await start({ teardown: (step) => void undo.push(step) });
});
test.after.always(async () => {
  for (const step of undo.reverse()) await step();
});

const bearer = (name: string): string => `Bearer secret-of-${name}`;
const COMMITTER = `${SIGNATURE.name} <${SIGNATURE.email}>`;
const HEADERS = ["tree", "parent", "author", "committer", "vexil-instance", "vexil-seal"];

test.serial(
  "the author is whoever's credential it is, the committer is the storage's signature, and trailers lead to the call",
  async (t) => {
    const { write, repository, jwt } = shared;
    const authors: Readonly<Record<string, string>> = {
      ci: "CI Runner <ci@example.com>",
      meta: "Meta <meta@example.com>",
      blank: "Meta <meta@example.com>",
      half: `Half <${SIGNATURE.email}>`,
      none: COMMITTER,
      hostile:
        "Eve parent 1111111111111111111111111111111111111111 author Boss boss@example.com 0 +0000 <eve@example.comcommitterBossboss@example.com>",
    };
    for (const [name, author] of Object.entries(authors)) {
      const written = await write(bearer(name), `of-${name}`);
      t.is(written.author, author);
      t.is(written.committer, COMMITTER);
      t.is(written.actor, `token:${name}`);
      t.is(written.request, `request-of-of-${name}`);
      t.deepEqual(written.headers, HEADERS);
      t.is(
        written.message,
        `create namespace of-${name}\n\nVexil-Actor: token:${name}\nVexil-Request: request-of-of-${name}`,
      );
    }
    const ada = await write(await jwt({ name: "Ada Lovelace", email: "ada@example.com" }), "ada");
    t.is(ada.author, "Ada Lovelace <ada@example.com>");
    t.is(ada.actor, "jwt:ada");
    const number = await write(
      await jwt({ user: { name: 7, email: { at: "x" } }, sub: "a\nVexil-Actor: token:ci" }),
      "number",
    );
    t.is(number.author, COMMITTER, "what is no text is nobody's name");
    t.is(number.actor, "jwt:a Vexil-Actor: token:ci");
    await repository.git("fsck", "--strict");
  },
);

test.serial("whatever names hold, a commit has one parent, author and committer, and git finds no fault", async (t) => {
  const { write, repository, jwt } = shared;
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(
        ..."\n\r\t\0<>.,;:\"'\\ \u0085\u2028\u2029\u007f\u00a0\u202e",
        "\ud800",
        "\udc00",
        "Boss <boss@example.com>",
      ),
      fc.constantFrom(
        "\nparent 1111111111111111111111111111111111111111",
        "\ngpgsig x",
        "\n\nVexil-Actor: token:root",
        "é",
        "王",
      ),
      fc.string({ unit: anyCharacter, maxLength: 4 }),
    ),
    { maxLength: 12 },
  );
  const people = fc.sample(fc.record({ name: text, email: text, sub: text }), 20);
  for (const [index, person] of people.entries()) {
    const claims = { name: person.name.join(""), email: person.email.join(""), sub: person.sub.join("") || "x" };
    const parent = (await repository.head()) ?? "";
    const written = await write(await jwt(claims), `n${index}`);
    const told = JSON.stringify(claims);
    t.deepEqual(written.headers, HEADERS, told);
    t.is(await repository.git("log", "-1", "--format=%P"), parent, told);
    t.is(written.committer, COMMITTER, told);
    t.regex(written.author, /^[^<>\p{Cc}\u2028\u2029]+ <[^<>\p{Cc}\s]+>$/u, told);
    t.true(written.actor.startsWith("jwt:"), told);
    t.is(written.request, `request-of-n${index}`, told);
  }
  t.is(await repository.git("fsck", "--strict", "--no-dangling"), "");
});

test.serial(
  "rollbacks and what is written to a branch are their caller's, too, and the log says whose a branch is",
  async (t) => {
    const { write, call, repository, readCommit, daemon } = shared;
    const first = (await repository.head()) ?? "";
    const payload = {
      "@type": "flipt.core.Flag",
      key: "banner",
      name: "Banner",
      type: "BOOLEAN_FLAG_TYPE",
      enabled: false,
    };
    t.is((await call(bearer("ci"), "PUT", `${M}/default/resources`, { key: "banner", payload })).status, 200);
    const back = await call(bearer("meta"), "POST", `${BANNER}/rollback`, { to: first });
    t.is(back.status, 200);
    const rolled = await readCommit(back.body.revision as string);
    t.like(rolled, {
      author: "Meta <meta@example.com>",
      committer: COMMITTER,
      actor: "token:meta",
      request: "request-1",
    });
    t.true(rolled.message.startsWith(`roll back flag default/banner to ${first.slice(0, 12)}\n\n`));

    const branches = "/api/v2/environments/default/branches";
    t.is((await call(bearer("ci"), "POST", branches, { key: "trial" }, "makes-it")).status, 200);
    t.like(await write(bearer("half"), "on-trial", "trial"), {
      actor: "token:half",
      author: `Half <${SIGNATURE.email}>`,
    });
    t.is((await call(bearer("meta"), "DELETE", `${branches}/trial`, undefined, "takes-it")).status, 200);
    const told = daemon.lines.filter(({ event }) => event.startsWith("branch."));
    t.deepEqual(
      told.map(({ event, actor, environment, correlation_id }) => [event, actor, environment, correlation_id]),
      [
        ["branch.appeared", "token:ci", "trial", "makes-it"],
        ["branch.vanished", "token:meta", "trial", "takes-it"],
      ],
    );
  },
);

test.serial("log lines of writes name the caller, whether they succeed or fail", async (t) => {
  const { call, write, daemon, repository } = shared;
  await write(bearer("ci"), "twice");
  const body = { key: "twice", name: "twice", revision: await repository.head("main") };
  t.is((await call(bearer("meta"), "POST", M, body)).status, 409);
  const line = (event: string, actor: string) =>
    daemon.lines.findLast((one) => one.event === event && one.actor === actor);
  t.like(line("write.committed", "token:ci"), {
    summary: "create namespace twice",
    correlation_id: "request-of-twice",
  });
  t.like(line("write.failed", "token:meta"), { code: "VEXIL_EXISTS" });
});

test.serial("a credential that is refused is told as its owner's, where it is known whose it is", async (t) => {
  const { call, daemon } = shared;
  t.is((await call(bearer("late"), "GET", M)).status, 401);
  t.is((await call(bearer("nobody"), "GET", M)).status, 401);
  const refused = daemon.lines.filter(({ event }) => event === "auth.refused");
  t.deepEqual(
    refused.map(({ method, actor, reason }) => [method, actor, reason]),
    [
      ["token", "token:late", "the token late has expired"],
      ["", undefined, "the token is none of those configured, nor of a session of this key"],
    ],
  );
});

test.serial("history shows the author and the caller, and believes no trailer that a user wrote", async (t) => {
  const { call, write, repository } = shared;
  await write(bearer("ci"), "team");
  await repository.commit(
    { "team/features.yaml": "namespace: team\nflags:\n  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE }\n" },
    { message: "by hand\n\nVexil-Actor: token:root" },
  );
  t.is((await call(bearer("ci"), "POST", "/api/storages/default/sync?wait=true")).status, 200);
  const { commits } = (await call(bearer("ci"), "GET", `${M}/team/history`)).body as {
    readonly commits: readonly { readonly authorName: string; readonly authorEmail: string; readonly actor?: string }[];
  };
  t.deepEqual(
    commits.map(({ authorName, authorEmail, actor }) => [authorName, authorEmail, actor]),
    [
      ["Ada", "ada@example.com", undefined],
      ["CI Runner", "ci@example.com", "token:ci"],
    ],
  );
});

test.serial("a template does not hide the daemon's trailers in what a commit cannot hold", async (t) => {
  const template = "flags\n\nVexil-\u0000Actor: token:root";
  const { write } = await start(t, { templates: { commit_message: template }, authentication: { required: false } });
  const { message, actor } = await write("Bearer whatever", "team");
  t.deepEqual([message, actor], ["flags", ""]);
});

test.serial("a template's own trailers stay, and it cannot write the daemon's", async (t) => {
  const template = "flags: {{ (index .Changes 0) }}\n\nVexil-Actor: token:root\nReviewed-by: nobody";
  const { write } = await start(t, { templates: { commit_message: template } });
  const { message, actor } = await write(bearer("ci"), "team");
  t.is(actor, "token:ci");
  t.is(
    message,
    "flags: create namespace team\n\nReviewed-by: nobody\nVexil-Actor: token:ci\nVexil-Request: request-of-team",
  );
});

test.serial(
  "where nobody has to say who it is, commits are the signature's and their messages the template's",
  async (t) => {
    const { write } = await start(t, { authentication: { required: false } });
    const written = await write("Bearer whatever", "team");
    t.like(written, { author: COMMITTER, committer: COMMITTER, actor: "", message: "create namespace team" });
    t.false(written.headers.includes("vexil-seal"), "nobody vouches for nobody");
  },
);
