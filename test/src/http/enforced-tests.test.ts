import test, { type ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { RIGHTS, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const TESTS = "default/features.test.yaml";
const CASES = `version: "1"
tests:
  - { name: the banner is on, flag: banner, entity: ada, expect: { enabled: true } }
`;
const FLAG = "/api/v2/environments/default/namespaces/default/resources";

async function start(t: ExecutionContext, mode: "warn" | "enforce") {
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, [TESTS]: CASES } });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    environments: { default: { default: true, tests: mode } },
  });
  await (await daemon.start()).settled;
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(daemon.url() + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const off = () =>
    ask("PUT", FLAG, {
      key: "banner",
      payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled: false },
    });
  const storage = async (): Promise<Json> => (await ask("GET", "/api/status")).body.storages[0];
  return { repository, ask, off, storage };
}

test("a change that breaks an enforced test is answered with 422 and the cases, and nothing is committed", async (t) => {
  const { repository, ask, off, storage } = await start(t, "enforce");
  const head = await repository.head();
  const refused = await off();
  t.is(refused.status, 422);
  const reason = 'test "the banner is on" of flag banner fails: enabled: expected true, got false';
  t.deepEqual(refused.body, {
    code: 9,
    message: `the tests beside the flags would fail, so nothing was changed: ${TESTS}:3:5: ${reason}`,
    details: [
      {
        file: TESTS,
        line: 3,
        column: 5,
        test: { name: "the banner is on", flag: "banner", expected: "enabled: true", got: "enabled: false" },
        reason,
        namespaces: ["default"],
      },
    ],
  });
  const gone = await ask("DELETE", `${FLAG}/flipt.core.Flag/banner`);
  t.is(gone.status, 422);
  t.is(gone.body.details[0].test.got, "there is no flag default/banner");
  t.is(await repository.head(), head);
  const evaluated = await ask("POST", "/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada", context: {} });
  t.true(evaluated.body.enabled);
  t.is((await storage()).failingTests, undefined);
});

test("with warnings the change is committed, and the status names the case", async (t) => {
  const { off, storage } = await start(t, "warn");
  const { status, body } = await off();
  t.is(status, 200);
  t.like((await storage()).failingTests, [
    { environment: "default", file: TESTS, line: 3, namespaces: ["default"], revision: body.revision, enforced: false },
  ]);
  t.deepEqual((await storage()).quarantined, []);
});

test("a commit that breaks an enforced test is in status with its case, and is not served", async (t) => {
  const { repository, ask, storage } = await start(t, "enforce");
  const bad = (EXAMPLE_FILES["default/features.yaml"] ?? "").replaceAll("enabled: true", "enabled: false");
  const revision = await repository.commit({ "default/features.yaml": bad });
  await eventually(storage, ({ failingTests }) => failingTests?.length === 1);
  t.like((await storage()).failingTests[0], {
    test: { name: "the banner is on", flag: "banner" },
    revision,
    enforced: true,
  });
  t.like((await storage()).quarantined, [
    { file: TESTS, line: 3, column: 5, namespace: "default", test: true, revision },
  ]);
  const evaluated = await ask("POST", "/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada", context: {} });
  t.true(evaluated.body.enabled);
});

for (const [mode, held] of [
  ["enforce", true],
  ["warn", false],
] as const) {
  test(`a commit that breaks a test answers reads of the past as what it served: ${mode}`, async (t) => {
    const { repository, ask } = await start(t, mode);
    const good = await repository.head();
    const off = (EXAMPLE_FILES["default/features.yaml"] ?? "").replaceAll("enabled: true", "enabled: false");
    /** None of the commits may be passed over: a namespace keeps what it was served as last. */
    const served = async (changes: Parameters<typeof repository.commit>[0]): Promise<string> => {
      const commit = await repository.commit(changes);
      t.is((await ask("POST", "/api/storages/default/sync")).status, 202);
      await eventually(
        () => ask("GET", "/api/status"),
        ({ body }) => JSON.stringify(body).includes(commit),
      );
      return commit;
    };
    const bad = await served({ "default/features.yaml": off });
    const mended = await served({ [TESTS]: CASES.replace("enabled: true", "enabled: false") });
    const without = await served({ "default/features.yaml": undefined, [TESTS]: CASES });
    const question = { flagKey: "banner", entityId: "ada", context: {} };
    const then = async (at?: string): Promise<Json> =>
      (await ask("POST", "/evaluate/v1/boolean", { ...question, ...(at === undefined ? {} : { at }) })).body;
    for (const [at, enabled] of [
      [good, true],
      [bad, held],
      [mended, false],
    ] as const) {
      const answer = await then(at);
      t.deepEqual([answer.enabled, answer.revision], [enabled, at], at);
      t.is((await ask("POST", "/evaluate/v1/explain", { ...question, at })).body.evaluation?.enabled, enabled, at);
      const flags = await ask("GET", `${FLAG}/flipt.core.Flag/banner?at=${at}`);
      t.is(flags.body.resource?.payload?.enabled, enabled, at);
    }
    const compared = await ask("GET", `/api/v2/environments/default/compare?base=${good}&head=${bad}`);
    t.is(compared.body.affected.length > 0, !held, JSON.stringify(compared.body));
    const [{ enabled: past, code }, now] = [await then(without), await then()];
    t.deepEqual([past, code], held ? [false, undefined] : [undefined, 5]);
    t.deepEqual([now.enabled, now.code], [past, code]);
  });
}

test("failing tests are shown to those who may read all that they are about", async (t) => {
  const roles = { ...RIGHTS.roles, a: [{ actions: ["read"], environments: ["production"], namespaces: ["team-a"] }] };
  const bindings = [...RIGHTS.bindings, { role: "a", match: { token: "nobody" } }];
  const repository = await temporaryRepository(t, { files: { "README.md": "flags" } });
  const config = rightsConfig({ roles, bindings });
  const main = { backend: { type: "local", path: repository.path } };
  const { as } = await rightsDaemon(t, { ...config, storage: { main, other: { backend: { type: "memory" } } } });
  const both = `version: "1"
tests:
  - { name: of one, namespace: team-a, flag: none, entity: e, expect: { enabled: true } }
  - { name: of some, flag: nowhere, entity: e, expect: { enabled: true } }
`;
  await repository.commit({
    "production/team-a/features.test.yaml": both,
    "production/default/features.test.yaml": both.replace("team-a", "default"),
  });
  const names = async (token: string): Promise<readonly string[]> => {
    const { storages } = (await as(token, "GET", "/api/status")).body;
    const told = storages.flatMap(({ failingTests = [] }: Json) =>
      failingTests.map((one: Json) => `${one.namespaces} ${one.test.name}`),
    );
    return told.sort();
  };
  const all = ["default of one", "default of some", "team-a of one", "team-a of some"];
  t.deepEqual(
    await eventually(
      () => names("root"),
      ({ length }) => length >= 4,
    ),
    all,
  );
  t.deepEqual(await names("nobody"), all.slice(2));
});

test("a failing test tells nobody of namespaces beside its own that he may not read", async (t) => {
  const actions = ["read", "write"];
  const roles = { ...RIGHTS.roles, a: [{ actions, environments: ["production"], namespaces: ["team-a"] }] };
  const bindings = [...RIGHTS.bindings, { role: "a", match: { token: "nobody" } }];
  const repository = await temporaryRepository(t, { files: { "README.md": "flags" } });
  const config = rightsConfig({ roles, bindings }) as Json;
  const { as } = await rightsDaemon(t, {
    ...config,
    storage: { main: { backend: { type: "local", path: repository.path } }, other: { backend: { type: "memory" } } },
    environments: { ...config.environments, production: { ...config.environments.production, tests: "enforce" } },
  });
  const flag = (namespace: string, key: string): string =>
    `version: "1.5"\nnamespace: ${namespace}\nflags: [{ key: ${key}, name: X, type: BOOLEAN_FLAG_TYPE, enabled: true }]\n`;
  const cases = (key: string): string =>
    `version: "1"\ntests:\n  - { name: it is on, flag: ${key}, entity: e, expect: { enabled: true } }\n`;
  const files = {
    "production/team-a/secret/features.yaml": flag("hidden", "x"),
    "production/team-a/secret/features.yml": flag("team-a", "y"),
    "production/team-a/secret/features.test.yaml": cases("x"),
  };
  await repository.commit(files);
  const place = "/api/v2/environments/production/namespaces/team-a/resources";
  await eventually(
    () => as("root", "GET", `${place}/flipt.core.Flag/y`),
    ({ status }) => status === 200,
  );
  const body = {
    key: "x",
    payload: { "@type": "flipt.core.Flag", key: "x", name: "X", type: "BOOLEAN_FLAG_TYPE", enabled: true },
  };
  const told = await as("root", "POST", place, body);
  t.is(told.status, 422);
  t.regex(told.body.details[0].reason, /hidden/);
  const refused = await as("nobody", "POST", place, body);
  t.is(refused.status, 422);
  t.notRegex(JSON.stringify(refused.body), /hidden/);
  await repository.commit({ "production/team-a/secret/features.test.yaml": cases("none") });
  const faults = async (token: string): Promise<Json[]> => {
    const { storages } = (await as(token, "GET", "/api/status")).body;
    return storages.flatMap(({ quarantined }: Json) => quarantined);
  };
  const all = await eventually(
    () => faults("root"),
    ({ length }) => length > 0,
  );
  t.regex(JSON.stringify(all), /hidden/);
  const seen = await faults("nobody");
  t.is(seen.length, 1);
  t.is(seen[0].namespace, "team-a");
  t.notRegex(JSON.stringify(seen), /hidden/);
});
