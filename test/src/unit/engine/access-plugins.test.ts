import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "@vexil/config/config";
import { loadPlugins, type PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { VexilError } from "@vexil/plugin-api/errors";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { NO_SESSIONS } from "../../helpers/http/no-sessions.js";
import { pluginConfig } from "../../helpers/plugins/plugin-config.js";

const HEAD = `apiVersion: 1, schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },`;
const METHOD = { method: "fake", settings: {}, path: "authentication.methods.fake" };
const RIGHTS = { type: "fake", settings: {}, path: "authorization" };
const never = new AbortController().signal;

interface Started {
  readonly registry: PluginRegistry;
  readonly config: Config;
}

/** Loads a method and an engine of rights with these bodies of `create`. */
async function start(
  t: ExecutionContext,
  bodies: { readonly method?: string; readonly rights?: string },
): Promise<Started> {
  const directory = await temporaryDirectory(t);
  const install = async (name: string, source: string): Promise<void> => {
    const folder = join(directory, "node_modules", name);
    await mkdir(folder, { recursive: true });
    const manifest = { name, version: "1.2.3", type: "module", main: "index.js" };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
    await writeFile(join(folder, "index.js"), source);
  };
  const { method, rights } = bodies;
  const plugin = (kind: string, create = ""): string =>
    `export default { kind: "${kind}", name: "fake", ${HEAD} async create(settings, context) { ${create} } };`;
  if (method !== undefined) await install("vexil-authentication-fake", plugin("authentication", method));
  if (rights !== undefined) await install("vexil-authorization-fake", plugin("authorization", rights));
  const config = pluginConfig(directory, [], {
    authorization: rights === undefined ? undefined : RIGHTS,
    authentication: {
      required: true,
      exclude: { evaluation: false, ofrep: false },
      session: NO_SESSIONS,
      methods: method === undefined ? [] : [METHOD],
    },
  });
  const deadlines = { loadMs: 20_000, validateMs: 20_000, createMs: 20_000, useMs: 1000, closeMs: 20_000 };
  const registry = await loadPlugins(config, new RecordingLogger(), { deadlines });
  t.teardown(() => registry.close());
  return { registry, config };
}

const verifying = (body: string): string =>
  `return { schemes: ["Bearer"], verify: async ({ value }, signal) => { ${body} }, close: async () => {} };`;
const IDENTITY = `{ subject: "ada", name: "Ada", metadata: { a: "b" }, claims: { groups: ["devs"] }, expiresAt: 5 }`;

test("a method of authentication is found by its key, listed, and answers plain copies of identities", async (t) => {
  const { registry, config } = await start(t, {
    method: verifying(`return value === "good" ? ${IDENTITY} : undefined;`),
  });
  t.like(registry.list()[0], {
    kind: "authentication",
    id: "fake",
    type: "fake",
    package: "vexil-authentication-fake",
  });
  const method = await registry.createMethod(METHOD, config, () => {});
  const credential = { scheme: "Bearer", value: "good" } as const;
  t.deepEqual(await method.verify?.(credential, never), {
    subject: "ada",
    name: "Ada",
    email: undefined,
    metadata: { a: "b" },
    claims: { groups: ["devs"] },
    expiresAt: 5,
  });
  t.is(await method.verify?.({ ...credential, value: "bad" }, never), undefined);
});

const WRONG: readonly [body: string, reason: RegExp][] = [
  [`return "ada";`, /verify answered the text "ada" and no identity/],
  [`return { metadata: {}, claims: {} };`, /subject is no text/],
  [`return { subject: "a", metadata: { n: 1 }, claims: {} };`, /metadata are no texts/],
  [`return { subject: "a", metadata: {}, claims: [] };`, /claims are no map/],
  [
    `const claims = {}; claims.own = claims; return { subject: "a", metadata: {}, claims };`,
    /claims of more than 100 levels/,
  ],
  [`return { subject: "a", metadata: {}, claims: { a: "x".repeat(300_000) } };`, /claims of more than 262144 bytes/],
  [`return { subject: "a", metadata: {}, claims: {}, expiresAt: "soon" };`, /expiresAt is no time/],
  [`throw new TypeError("no");`, /verify: no/],
  [`await new Promise(() => {});`, /verify did not answer within 1 s/],
];

for (const [body, reason] of WRONG) {
  test(`a method that misbehaves is a fault of the plugin: ${body}`, async (t) => {
    const { registry, config } = await start(t, { method: verifying(body) });
    const method = await registry.createMethod(METHOD, config, () => {});
    const error = await t.throwsAsync(async () => method.verify?.({ scheme: "Bearer", value: "x" }, never));
    t.true(VexilError.is(error));
    t.is((error as VexilError).code, "VEXIL_PLUGIN_USE");
    t.regex(error?.message ?? "", reason);
  });
}

const SHAPES: readonly [body: string, reason: RegExp][] = [
  ["return {};", /its `close` is nothing .*none of `verify`, `login` and `exchange`/],
  [
    "return { verify: async () => undefined, close: async () => {} };",
    /its `schemes` are no list of "Bearer", "JWT" and "Certificate"/,
  ],
  ["return { login: { authorize() {} }, close: async () => {} };", /its `login.callback` is nothing/],
];

for (const [body, reason] of SHAPES) {
  test(`a method of a wrong shape is not made: ${body}`, async (t) => {
    const { registry, config } = await start(t, { method: body });
    await t.throwsAsync(
      registry.createMethod(METHOD, config, () => {}),
      { message: reason },
    );
  });
}

test("a method tells that its answers do not hold any more", async (t) => {
  const create = verifying("return undefined;").replace("return {", "setImmediate(context.invalidate); return {");
  const { registry, config } = await start(t, { method: create });
  let told = 0;
  let isTold = (): void => {};
  const invalidated = new Promise<void>((resolve) => {
    isTold = resolve;
  });
  const method = await registry.createMethod(METHOD, config, () => {
    told += 1;
    isTold();
  });
  await invalidated;
  t.is(told, 1);
  t.is(await method.verify?.({ scheme: "Bearer", value: "x" }, never), undefined);
});

test("an engine of rights is named by authorization.backend, and only true and false are decisions", async (t) => {
  const rights = `return { decide: (caller, { action }) => action === "admin" ? "yes" : action === "read", close: async () => {} };`;
  const { registry, config } = await start(t, { rights });
  t.like(registry.list()[0], { kind: "authorization", type: "fake", package: "vexil-authorization-fake" });
  const engine = await registry.createAuthorization(RIGHTS, config, () => {});
  const caller = { method: "token", identity: { subject: "ci", metadata: {}, claims: {} } };
  t.true(await engine.decide(caller, { action: "read" }, never));
  t.false(await engine.decide(caller, { action: "write" }, never));
  await t.throwsAsync(async () => engine.decide(caller, { action: "admin" }, never), {
    message: /decide answered the text "yes"/,
  });
});

test("a method that no package brings stops the start and is named", async (t) => {
  const directory = await temporaryDirectory(t);
  const config = pluginConfig(directory, [], {
    authentication: {
      required: true,
      exclude: { evaluation: false, ofrep: false },
      session: NO_SESSIONS,
      methods: [{ method: "saml", settings: {}, path: "authentication.methods.saml" }],
    },
  });
  await t.throwsAsync(loadPlugins(config, new RecordingLogger()), {
    message: /plugin "saml" .*resolve failed: no plugin has this name .*vexil-authentication-saml is installed/,
  });
});
