import roles from "@vexil/authorization-roles";
import type { AuthorizationConfig } from "@vexil/config/config";
import type { Generation, UsableAuthorization } from "@vexil/engine/plugins/generation";
import type { Storages } from "@vexil/engine/storage/storages";
import type { Caller } from "@vexil/plugin-api";
import test from "ava";
import { RightsEngine } from "../../../../daemon/dist/http/rights/rights-engine.js";
import { recorder } from "../../helpers/daemon/recorder.js";

const PATH = "policies.yaml";
const ADA: Caller = { method: "token", identity: { subject: "ada", metadata: {}, claims: {} } };
const bound = (role: string): string => `bindings: [{ role: ${role}, match: { token: ada } }]\n`;
const grants = (actions: readonly string[]): object => [{ actions }];

/** Engines of the plugin `roles` as the daemon makes them. */
const PLUGIN: UsableAuthorization = {
  create: async ({ settings }) => {
    const result = await roles.schema["~standard"].validate(settings);
    if (result.issues !== undefined) throw new Error(JSON.stringify(result.issues));
    return roles.create(result.value, {
      configDirectory: "/",
      logger: recorder().logger,
      redact: () => {},
      invalidate: () => {},
      signal: new AbortController().signal,
    });
  },
};

/** A configuration whose policies are in the repository. */
function generation(settings: AuthorizationConfig["settings"]): Generation {
  const policies = { storage: "main", path: PATH };
  const authorization: AuthorizationConfig = { type: "roles", path: "authorization", settings, policies };
  return {
    config: { authorization, authentication: { methods: [] } },
    scope: { named: async () => PLUGIN },
  } as unknown as Generation;
}

/** An engine over a repository with one file, whose text the test commits. */
function engineOver(): {
  engine: RightsEngine;
  commit(text: string): void;
  may(action: "read" | "write"): Promise<boolean>;
} {
  const texts: string[] = [];
  const head = (): string => `c${texts.length}`;
  const repository = {
    listFiles: async () => new Map([[PATH, { oid: head() }]]),
    readBlobs: async () => new Map([[head(), new TextEncoder().encode(texts.at(-1))]]),
  };
  const storage = { branches: { main: { known: { head: undefined as string | undefined } } }, repository };
  const storages = { get: () => storage } as unknown as Storages;
  const engine = new RightsEngine({ storages, snapshots: { get: () => undefined }, logger: recorder().logger });
  return {
    engine,
    commit: (text) => {
      texts.push(text);
      storage.branches.main.known.head = head();
      engine.look();
    },
    may: async (action) => (await engine.decider.decide(ADA, { action })).allowed,
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("not within 30 s");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const ROLES = { roles: { reader: grants(["read"]), writer: grants(["read", "write"]) } };

test("policies that change while a configuration is prepared are not put back by it", async (t) => {
  const { engine, commit, may } = engineOver();
  await (await engine.prepare(generation(ROLES))).take();
  commit(bound("writer"));
  await until(() => may("write"));
  const prepared = await engine.prepare(
    generation({ ...ROLES, bindings: [{ role: "reader", match: { token: "bob" } }] }),
  );
  commit(bound("reader"));
  await until(async () => !(await may("write")));
  t.true(await may("read"));
  let wasAllowed = false;
  const changes = engine.decider.changes$.subscribe(() => {
    void may("write").then((allowed) => {
      wasAllowed ||= allowed;
    });
  });
  await prepared.take();
  t.deepEqual([await may("write"), await may("read")], [false, true]);
  // The state is looked at once more after a reload.
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual([await may("write"), await may("read"), wasAllowed], [false, true, false]);
  changes.unsubscribe();
});

test("policies that do not go with a configuration that is taken over do not count", async (t) => {
  const { engine, commit, may } = engineOver();
  await (await engine.prepare(generation(ROLES))).take();
  commit(bound("writer"));
  await until(() => may("write"));
  const prepared = await engine.prepare(generation({ roles: { ...ROLES.roles, late: grants(["read"]) } }));
  commit(`${bound("reader")}roles: { late: [{ actions: [read] }] }\n`);
  await until(async () => !(await may("write")));
  await prepared.take();
  t.deepEqual([await may("write"), await may("read")], [false, false]);
  await until(async () => engine.fault !== undefined);
  t.regex(engine.fault?.reason ?? "", /roles\.late is given in the configuration, too/);
  commit(bound("writer"));
  await until(() => may("write"));
  t.is(engine.fault, undefined);
});
