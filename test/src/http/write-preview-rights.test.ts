import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const N = "/api/v2/environments/default/namespaces";
const MANY = `namespace: team
flags:
  - key: mine
    name: Mine
---
namespace: secret
flags:
  - key: launch-of-the-moon
    name: Moon
`;
const OWN = "namespace: own\nflags:\n  - key: mine\n    name: Mine\n";

const ROLES = {
  root: [{ actions: ["read", "write", "rollback"] }],
  team: [{ actions: ["read", "write", "rollback"], namespaces: ["team", "own"] }],
  blind: [{ actions: ["write"] }],
  reader: [{ actions: ["read"] }],
};

test("a trial shows no more than its caller may read, and needs the right of the write", async (t) => {
  const files = { "many/features.yaml": MANY, "own/features.yaml": OWN };
  const repository = await temporaryRepository(t, { files });
  const names = Object.keys(ROLES);
  const tokens = Object.fromEntries(names.map((name) => [name, { credential: `secret-of-${name}` }]));
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    authentication: { required: true, methods: { token: { enabled: true, storage: { tokens } } } },
    authorization: {
      required: true,
      roles: ROLES,
      bindings: names.map((name) => ({ role: name, match: { token: name } })),
    },
  });
  await (await daemon.start()).settled;
  const head = (await repository.head()) ?? "";
  const as = async (token: string, method: string, path: string, body: object) => {
    const headers = { Authorization: `Bearer secret-of-${token}` };
    const response = await fetch(daemon.url() + path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, text, files: JSON.parse(text).preview?.files, body: JSON.parse(text) };
  };
  const put = (token: string, namespace: string) =>
    as(token, "PUT", `${N}/${namespace}/resources`, {
      key: "mine",
      payload: { "@type": "flipt.core.Flag", key: "mine", name: "Changed" },
      dryRun: true,
    });
  const whole = await put("root", "team");
  t.true(whole.files[0].diff.includes("+    name: Changed"));
  t.true(whole.text.includes("launch-of-the-moon"));
  t.is(whole.body.preview.commit.message.split("\n")[2], "Vexil-Actor: token:root");
  for (const [token, namespace] of [
    ["team", "team"],
    ["blind", "team"],
    ["blind", "own"],
  ] as const) {
    const { status, files: shown, text } = await put(token, namespace);
    t.is(status, 200, text);
    const path = namespace === "own" ? "own/features.yaml" : "many/features.yaml";
    t.deepEqual(shown, [{ path, change: "modify", omitted: "rights" }]);
    t.false(/moon/i.test(text));
  }
  const own = await put("team", "own");
  t.true(own.files[0].after.includes("name: Changed"));
  for (const [token, namespace] of [
    ["reader", "team"],
    ["reader", "own"],
    ["team", "secret"],
  ] as const) {
    t.is((await put(token, namespace)).status, 403);
  }
  for (const [token, path, status] of [
    ["team", `${N}/own/rollback`, 200],
    ["team", `${N}/secret/rollback`, 403],
    ["team", "/api/v2/environments/default/rollback", 403],
    ["blind", "/api/v2/environments/default/rollback", 403],
    ["root", "/api/v2/environments/default/rollback", 200],
  ] as const) {
    for (const dryRun of [true, false]) {
      t.is((await as(token, "POST", path, { to: head, dryRun })).status, status, `${token} ${path}`);
    }
  }
  t.is(await repository.head(), head);
});
