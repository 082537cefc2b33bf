import { createHmac } from "node:crypto";
import { request } from "node:http";
import type { StorageConfig } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { recorder } from "../helpers/daemon/recorder.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";
import { storageConfig } from "../helpers/plugins/plugin-config.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const SECRET = "It's a Secret to Everybody";
const sign = (body: string, secret = SECRET): string => createHmac("sha256", secret).update(body).digest("hex");
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

/** Forge → the header that it documents, for a body. */
const FORGES: Readonly<Record<string, (body: string, secret?: string) => Readonly<Record<string, string>>>> = {
  github: (body, secret) => ({ "x-hub-signature-256": `sha256=${sign(body, secret)}`, "x-github-event": "push" }),
  gitlab: (_body, secret = SECRET) => ({ "x-gitlab-token": secret }),
  gitea: (body, secret) => ({ "x-gitea-signature": sign(body, secret) }),
  forgejo: (body, secret) => ({ "x-forgejo-signature": sign(body, secret) }),
  bitbucket: (body, secret) => ({ "x-hub-signature": `sha256=${sign(body, secret)}` }),
  azure: (_body, secret = SECRET) => ({ authorization: basic(`hook:${secret}`) }),
  generic: (body, secret) => ({ "x-vexil-signature": `sha256=${sign(body, secret)}` }),
};

async function start(t: ExecutionContext) {
  const polls: string[] = [];
  const { logger, lines } = recorder();
  const storages = Object.keys(FORGES).map((type): [string, StorageConfig] => {
    const webhook = { type, secret: new Secret(SECRET), username: type === "azure" ? "hook" : undefined };
    return [type, storageConfig("memory", {}, { id: type, webhook })];
  });
  const { url } = await startTestServer(t, {
    logger,
    config: {
      storages: new Map([...storages, ["plain", storageConfig("memory", {}, { id: "plain" })]]),
      authentication: {
        required: true,
        exclude: { evaluation: false, ofrep: false },
        session: NO_SESSIONS,
        methods: [],
      },
    },
    engine: {
      sync: (id) => {
        polls.push(id);
        // Answers never wait for the poll.
        return new Promise(() => {});
      },
    },
  });
  const hook = async (id: string, body: string, headers: Readonly<Record<string, string>>): Promise<number> => {
    const response = await fetch(`${url}/hooks/${id}`, { method: "POST", body, headers });
    await response.arrayBuffer();
    return response.status;
  };
  return { url, hook, polls, lines };
}

for (const [type, headersOf] of Object.entries(FORGES)) {
  test(`${type}: its own header and secret are accepted, nothing else`, async (t) => {
    const { hook, polls, lines } = await start(t);
    const body = '{"ref":"refs/heads/main"}';
    const wrong: Readonly<Record<string, string>>[] = [
      {},
      headersOf(body, "another secret"),
      ...Object.entries(FORGES).flatMap(([other, of]) => (other === type ? [] : [of(body)])),
    ];
    const [name = "", value = ""] = Object.entries(headersOf(body))[0] ?? [];
    for (const bad of ["", "sha256=", value.slice(0, -3), `${value}0`, "Basic", "Basic aG9vaw=="]) {
      wrong.push({ [name]: bad });
    }
    // A signature is over the body that came with it.
    if (type !== "gitlab" && type !== "azure") wrong.push(headersOf(`${body} `));
    for (const headers of wrong) t.is(await hook(type, body, headers), 401, JSON.stringify(headers));
    t.deepEqual(polls, []);
    t.is(lines.filter(({ event }) => event === "webhook.refused").length, 1);
    t.false(JSON.stringify(lines).includes(SECRET));

    t.is(await hook(type, body, headersOf(body)), 202);
    t.deepEqual(polls, [type]);
    t.is(await hook(type.toUpperCase(), "\u0000 no JSON", headersOf("\u0000 no JSON")), 202);
  });
}

test("the examples in the forges' documentation", async (t) => {
  const { hook } = await start(t);
  const github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  t.is(await hook("github", "Hello, World!", { "x-hub-signature-256": github }), 202);
  const bitbucket = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
  t.is(await hook("bitbucket", "Hello World!", { "x-hub-signature": bitbucket }), 202);
});

test("pings and other branches are welcome; other methods are not", async (t) => {
  const { url, hook } = await start(t);
  const ping = '{"zen":"Keep it logically awesome."}';
  t.is(await hook("github", ping, { ...FORGES.github?.(ping), "x-github-event": "ping" }), 202);
  const other = '{"ref":"refs/heads/other"}';
  t.is(await hook("gitea", other, FORGES.gitea?.(other) ?? {}), 202);
  t.is(await hook("gitea", "", FORGES.gitea?.("") ?? {}), 202);
  t.is((await fetch(`${url}/hooks/github`)).status, 501);
});

test("a body above 1 MB is refused, with and without a length", async (t) => {
  const { url, hook } = await start(t);
  const largest = "x".repeat(1_000_000);
  t.is(await hook("generic", largest, FORGES.generic?.(largest) ?? {}), 202);
  const tooLarge = `${largest}x`;
  const headers = FORGES.generic?.(tooLarge) ?? {};
  t.is(await hook("generic", tooLarge, headers), 413);
  const chunked = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(`${url}/hooks/generic`, { method: "POST", headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("error", reject);
    for (let at = 0; at < tooLarge.length; at += 50_000) call.write(tooLarge.slice(at, at + 50_000));
    call.end();
  });
  t.is(chunked, 413);
});

test("a push is served through its webhook, and 200 calls at once cost two polls", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  const daemon = await startDaemon(t, {
    config: {
      storage: { default: { remote: server.url, poll_interval: "1h", webhook: { type: "github", secret: SECRET } } },
    },
  });
  const banner = async (): Promise<unknown> =>
    (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled;
  t.is(await banner(), true);
  const path = "default/features.yaml";
  await repository.commit({
    [path]: (EXAMPLE_FILES[path] ?? "").replace(/(key: banner.*enabled: )true/, "$1false"),
  });
  server.requests.length = 0;
  const body = '{"ref":"refs/heads/main"}';
  const calls = await Promise.all(
    Array.from({ length: 200 }, () => daemon.post("/hooks/default", body, FORGES.github?.(body) ?? {})),
  );
  t.deepEqual([...new Set(calls.map(({ status }) => status))], [202]);
  await eventually(banner, (enabled) => enabled === false, 5_000);
  // One more, which is answered after those that went before it.
  await daemon.post("/api/storages/default/sync?wait=true", "");
  t.true(server.requests.filter((kind) => kind === "refs").length <= 3, server.requests.join(" "));
  t.is(await daemon.stop(), 0);
});

test("neither a webhook nor a sync waits for the back-off that a remote's Retry-After asks for", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  const daemon = await startDaemon(t, {
    config: {
      storage: {
        default: {
          remote: server.url,
          fetch_policy: "lenient",
          poll_interval: "1h",
          webhook: { type: "gitea", secret: SECRET },
        },
      },
    },
  });
  const state = async (): Promise<string> => (await daemon.get("/api/status")).body.storages[0].state;
  await eventually(state, (now) => now === "ready");
  const calls = [
    () => daemon.post("/hooks/default", "not even JSON", FORGES.gitea?.("not even JSON") ?? {}),
    () => daemon.post("/api/storages/default/sync", ""),
    () => daemon.post("/api/storages/DEFAULT/sync?wait=true", ""),
  ];
  for (const call of calls) {
    await server.fail({ type: "status", status: 503, headers: { "retry-after": "1800" } });
    t.is((await daemon.post("/api/storages/default/sync?wait=true", "")).body.state, "stale");
    await server.fail(undefined);
    t.regex(String((await call()).status), /^20[02]$/);
    await eventually(state, (now) => now === "ready");
  }
  t.is((await daemon.post("/api/storages/ghost/sync", "")).status, 404);
  t.is(await daemon.stop(), 0);
});
