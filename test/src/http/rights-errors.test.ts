import { rm } from "node:fs/promises";
import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { bearer, RIGHTS, rightsConfig } from "../helpers/http/rights-daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FEATURES = "version: '1.4'\nflags:\n  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true }\n";
const E = "/api/v2/environments/staging";
/** The syncer may poll where nothing answers, too. */
const ROLES = { ...RIGHTS.roles, syncer: [{ actions: ["sync"], environments: ["production", "elsewhere"] }] };

test("what a storage's own error says is answered to who may read all of it, and to nobody else", async (t) => {
  const repository = await temporaryRepository(t, { files: { "staging/default/features.yaml": FEATURES } });
  const remote = await startGitHttpServer(t, repository.path);
  const daemon = await inProcessDaemon(t, {
    ...rightsConfig({ ...RIGHTS, roles: ROLES }),
    storage: {
      main: { remote: remote.url, backend: { type: "memory" }, fetch_policy: "lenient" },
      other: { backend: { type: "postgres", url: "postgres://canary@127.0.0.1:1/canary" } },
    },
  });
  (await daemon.start()).settled.catch(() => undefined);
  const answer = async (token: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${daemon.url()}${path}`, {
      method,
      headers: bearer(token),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [response.status, ((await response.json()) as { readonly message?: string }).message ?? ""] as const;
  };
  await rm(repository.path, { recursive: true });
  t.is((await answer("root", "POST", "/api/storages/main/sync?wait=true", {}))[0], 200);
  const calls = [
    ["editor", "POST", `${E}/namespaces`, { key: "new", name: "New" }],
    ["brancher", "POST", `${E}/branches`, { key: "new" }],
    ["syncer", "POST", "/api/storages/other/sync?wait=true", {}],
  ] as const;
  const end = Date.now() + 60_000;
  for (const [token, method, path, body] of calls) {
    let [status, told] = await answer("root", method, path, body);
    while (!/(canary|127\.0\.0\.1)/.test(told) && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      [status, told] = await answer("root", method, path, body);
    }
    t.is(status, 503, `${method} ${path} ${told}`);
    t.regex(told, /^storage \w+ (failed|is starting): .*(canary|127\.0\.0\.1)/);
    const [same, brief] = await answer(token, method, path, body);
    t.is(same, 503, `${method} ${path} ${brief}`);
    t.regex(brief, /^storage \w+ (failed|is starting): [a-z-]+(; nothing was written)?$/);
  }
});
