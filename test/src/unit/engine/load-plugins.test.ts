import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import { Secret } from "@vexil/plugin-api";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test from "ava";
import { pluginConfig, storageConfig } from "../../helpers/plugins/plugin-config.js";
import { BODY, failure, writtenPlugins } from "../../helpers/plugins/written-plugins.js";

test("a bundled name loads the bundled package, whatever lies beside the configuration", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("@vexil/backend-memory", "throw new Error('the impostor was loaded')");
  const registry = await load("memory");
  t.like(registry.list()[0], { package: "@vexil/backend-memory", kind: "backend", id: "main", apiVersion: 1 });
  const [storage] = [...pluginConfig("/", [storageConfig("memory")]).storages.values()];
  const backend = await registry.createBackend(storage!, pluginConfig("/", []));
  t.deepEqual(await backend.refs.list(""), new Map());
});

test("other names are found beside the configuration, then in plugin_directory", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("vexil-backend-near", `export default {${BODY}};`);
  t.like((await load("near")).list()[0], { package: "vexil-backend-near", version: "1.2.3" });
  await install("vexil-backend-far", `export default {${BODY}};`, {}, "opt/node_modules/vexil-backend-far");
  t.like((await load("far", { pluginDirectory: "opt" })).list()[0], { package: "vexil-backend-far" });
});

test("a specifier is a package, a folder, a file or a file URL, as seen from the configuration file", async (t) => {
  const { install, load, directory } = await writtenPlugins(t);
  await install("@acme/flags", `export default {${BODY}};`);
  const folder = await install("lone", `export default {${BODY}};`, {}, "plugins/lone");
  for (const type of ["@acme/flags", "./plugins/lone", folder, "./plugins/lone/index.js"]) {
    t.is((await load(type)).list()[0]?.name, "fake", type);
  }
  t.is((await load(pathToFileURL(join(directory, "plugins/lone/index.js")).href)).list()[0]?.package, "lone");
});

test("the plugin whose keys sign a storage's commits is listed", async (t) => {
  const signature = { name: "V", email: "v@x", enabled: true, type: "ssh", keyPath: "/nowhere", key: undefined };
  const config = pluginConfig(process.cwd(), [storageConfig("memory", {}, { signature })]);
  const registry = await loadPlugins(config, new RecordingLogger());
  t.teardown(() => registry.close());
  t.like(registry.list()[1], { kind: "auth", role: "signature", id: "main", type: "ssh", package: "@vexil/auth-ssh" });
});

test("an underscore in a type reads as a hyphen", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("vexil-backend-two-words", `export default {${BODY}};`);
  t.is((await load("two_words")).list()[0]?.package, "vexil-backend-two-words");
});

test("a CommonJS plugin loads, also one compiled from ES syntax", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("vexil-backend-common", `module.exports = {${BODY}};`, { type: "commonjs" });
  t.is((await load("common")).list()[0]?.name, "fake");
  const compiled = `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = {${BODY}};`;
  await install("vexil-backend-compiled", compiled, { type: "commonjs" });
  t.is((await load("compiled")).list()[0]?.name, "fake");
});

test("an entry of plugins provides its name as a type, and is listed when nothing names it", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("lone", `export default {${BODY}};`, {}, "lone");
  t.like((await load("fake", { plugins: ["./lone"] })).list(), [{ id: "main", type: "fake", package: "lone" }]);
  const unused = await load("memory", { plugins: ["./lone"] });
  t.like(unused.list()[1], { id: undefined, type: "./lone", package: "lone" });
  await install("other", `export default {${BODY}};`, {}, "other");
  const error = await failure(t, load("fake", { plugins: ["./lone", "./other"] }));
  t.regex(error.message, /"fake" \(other\): check failed: another entry of plugins/);
});

test("only what the configuration names is loaded", async (t) => {
  const { install, load } = await writtenPlugins(t);
  await install("vexil-backend-unused", "throw new Error('nobody asked')");
  await t.notThrowsAsync(load("memory"));
});

test("a plugin that cannot be used stops the start with one line: who, which step, why, what to do", async (t) => {
  const { install, load } = await writtenPlugins(t);
  const cases: readonly [name: string, source: string, code: string, expected: RegExp, manifest?: object][] = [
    ["throws", "throw new Error('no licence')", "LOAD", /load failed: no licence; check that it is built/],
    ["asleep", "await new Promise(() => setInterval(() => {}, 1e6).unref());", "LOAD", /did not answer within 0.5 s/],
    ["syntax", "export default {", "LOAD", /load failed: Unexpected end of input/],
    ["needs", "import 'vexil-no-such-package';", "LOAD", /Cannot find package 'vexil-no-such-package'/],
    ["string", "throw 'only text'", "LOAD", /threw the text "only text"/],
    ["lines", "throw new Error('a\\nb\\u0007' + 'x'.repeat(5000))", "LOAD", /load failed: a b x+…; /],
    ["nodefault", "export const plugin = 1;", "CHECK", /no default export; write `export default/],
    ["scalar", "export default 7;", "CHECK", /number 7 and no plugin/],
    [
      "old",
      `export default {${BODY} apiVersion: 0 };`,
      "CHECK",
      /API version 0.*; install a newer version of the plugin/,
    ],
    ["new", `export default {${BODY} apiVersion: 2 };`, "CHECK", /API version 2.*; upgrade Vexil/],
    ["auth", `export default {${BODY} kind: "auth" };`, "CHECK", /kind "auth", and a storage's backend.type needs/],
    ["name", `export default {${BODY} name: "No Good" };`, "CHECK", /its name is the text "No Good"/],
    ["schema", `export default {${BODY} schema: {} };`, "CHECK", /its schema is no Standard Schema/],
    ["create", `export default {${BODY} create: 1 };`, "CHECK", /its create is number 1/],
    ["capable", `export default {${BODY} capabilities: {} };`, "CHECK", /capabilities lack/],
    [
      "unbuilt",
      "",
      "RESOLVE",
      /no main file that can be loaded.*; build it/,
      { main: "dist/index.js", exports: "./dist/index.js" },
    ],
    ["noexport", "", "RESOLVE", /no main file that can be loaded/, { exports: { import: "./index.js" } }],
  ];
  for (const [name, source, code, expected, manifest] of cases) {
    await install(`vexil-backend-${name}`, source, manifest);
    const error = await failure(t, load(name));
    t.is(String(error.code), `VEXIL_PLUGIN_${code}`, name);
    t.regex(error.message, expected, name);
    t.true(error.message.startsWith(`plugin "${name}" (vexil-backend-${name})`) || code === "CHECK", error.message);
  }
});

test("a name that nothing provides says where it was looked for", async (t) => {
  const { load, directory } = await writtenPlugins(t);
  const error = await failure(t, load("nowhere", { pluginDirectory: "/opt/vexil" }));
  t.is(error.code, "VEXIL_PLUGIN_RESOLVE");
  const places = ["@vexil/backend-nowhere", "vexil-backend-nowhere", directory, "/opt/vexil"];
  for (const text of [...places, "(bundled: "]) {
    t.true(error.message.includes(text), text);
  }
  t.regex((await failure(t, load("./missing"))).message, /plugin "\.\/missing".*resolve failed: nothing is found/);
});

test("a misspelt type names the bundled ones, most alike first", async (t) => {
  const { load } = await writtenPlugins(t);
  t.regex((await failure(t, load("lokal"))).message, /\(bundled: local, redis, memory, postgres\)/);
  t.regex((await failure(t, load("postgresql"))).message, /\(bundled: postgres, /);
});

test("an unknown setting is named with the plugin's own keys, most alike first", async (t) => {
  const { load } = await writtenPlugins(t);
  const { message } = await failure(t, load("memory", {}, { max_siz: "1MB" }));
  t.regex(message, /storage\.main\.backend\.max_siz: unknown key; did you mean max_size\? Others: saved_state_path/);
});

test("settings are checked by the plugin's schema, every issue with its full path, before anything is created", async (t) => {
  const { install, load } = await writtenPlugins(t);
  const error = await failure(t, load("memory", {}, { max_size: "much", saved_state: "x", saved_state_path: "" }));
  t.is(error.code, "VEXIL_PLUGIN_VALIDATE");
  for (const key of ["max_size", "saved_state", "saved_state_path"]) {
    t.regex(error.message, new RegExp(`storage\\.main\\.backend\\.${key}: `), key);
  }
  t.regex(error.message, /plugin "memory" \(@vexil\/backend-memory, storage main\)/);
  const schema = (validate: string) =>
    `schema: { "~standard": { version: 1, vendor: "test", validate: ${validate} } },`;
  const cases: readonly [string, string, RegExp][] = [
    ["deep", "(v) => ({ issues: [{ message: 'bad', path: ['a', { key: 1 }, 'c'] }] })", /main\.backend\.a\.1\.c: bad/],
    ["throwing", "() => { throw new Error('oops') }", /validate failed: oops/],
    ["hanging", "() => new Promise(() => {})", /its schema did not answer within 0.5 s/],
    ["wrong", "() => 5", /its schema answered number 5/],
    ["leaking", "(v) => ({ issues: [{ message: 'not good: ' + v.token.reveal(), path: ['token'] }] })", /\[redacted\]/],
  ];
  for (const [name, validate, expected] of cases) {
    await install(`vexil-backend-${name}`, `export default {${BODY} ${schema(validate)} };`);
    const refused = await failure(t, load(name, {}, { token: new Secret("canary-4711") }));
    t.is(refused.code, "VEXIL_PLUGIN_VALIDATE");
    t.regex(refused.message, expected);
    t.false(refused.message.includes("canary-4711"));
  }
});

test("a create that fails, hangs or answers nonsense stops the start; what comes too late is closed", async (t) => {
  const { install, load, directory } = await writtenPlugins(t);
  const create = (body: string) => `export default {${BODY} async create(settings, context) { ${body} } };`;
  const cases: readonly [string, string, RegExp][] = [
    ["throws", "throw new Error('refused: ' + settings.password.reveal())", /create failed: refused: \[redacted\]/],
    ["stuck", "await new Promise(() => {})", /create failed: create did not answer within 0.5 s/],
    ["nothing", "", /create answered nothing \(undefined\)/],
    ["partial", "return { objects: {}, refs: { list() {} } }", /`close`.*`objects\.read`.*`refs\.compareAndSwap`/],
    [
      "noshallow",
      "return { objects: { read() {}, write() {} }, refs: { list() {}, compareAndSwap() {} }, close() {} }",
      /has a remote, and this backend has no `shallow`/,
    ],
  ];
  for (const [name, body, expected] of cases) {
    await install(`vexil-backend-${name}`, create(body));
    const settings = { password: new Secret("canary-4711") };
    const storage = storageConfig(name, settings, { remote: "https://git.example.com/x.git" });
    const config = pluginConfig(directory, [storage]);
    const registry = await load(name, {}, settings);
    const error = await failure(t, registry.createBackend(storage, config));
    t.is(error.code, "VEXIL_PLUGIN_CREATE");
    t.regex(error.message, expected);
    t.regex(error.message, new RegExp(`plugin "fake" \\(vexil-backend-${name}, storage main\\)`));
  }
  await install(
    "vexil-backend-late",
    create(`
    await new Promise((done) => context.signal.addEventListener("abort", done));
    return { close: async () => globalThis.vexilLateClosed(settings.name) };`),
  );
  const closed = new Promise((resolve) => Object.assign(globalThis, { vexilLateClosed: resolve }));
  const storage = storageConfig("late", { name: "the late one" });
  const registry = await load("late", {}, { name: "the late one" });
  const error = await failure(t, registry.createBackend(storage, pluginConfig(directory, [storage])));
  t.regex(error.message, /create failed: create did not answer within 0.5 s/);
  t.is(await closed, "the late one");
});
