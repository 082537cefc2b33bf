import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { attributeFault } from "@vexil/engine/plugins/process-guard";
import { Secret } from "@vexil/plugin-api";
import type { RecordingLogger } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { pluginConfig, storageConfig } from "../../helpers/plugins/plugin-config.js";
import { BODY, failure, writtenPlugins } from "../../helpers/plugins/written-plugins.js";

/** Lines about an error that leaks from a plugin's file, with nothing but its stack to tell whose it is. */
function linesOfLeak(t: ExecutionContext, logger: RecordingLogger, folder: string): number {
  const before = logger.lines.length;
  const leaked = new Error("leaked");
  leaked.stack = `Error: leaked\n    at later (${pathToFileURL(join(folder, "index.js")).href}:3:1)`;
  t.true(attributeFault("rejection", leaked, "leaked a rejected promise"));
  return logger.lines.slice(before).filter(({ event }) => event === "plugin.failed").length;
}

test("what is closed, and what another has replaced, does not answer for its plugin any more", async (t) => {
  const { install, load, logger, directory } = await writtenPlugins(t);
  const folder = await install("vexil-backend-fake", `export default {${BODY}};`);
  const registry = await load("fake");
  const [storage] = [...pluginConfig(directory, [storageConfig("fake")]).storages.values()];
  const config = pluginConfig(directory, []);
  const told = (): number => linesOfLeak(t, logger, folder);
  for (let attempt = 0; attempt < 5; attempt += 1) await (await registry.createBackend(storage!, config)).close();
  t.is(told(), 1, "it is told once, although nobody uses the plugin");
  await registry.createBackend(storage!, config);
  t.is(told(), 1);

  const signer = await install(
    "vexil-auth-pen",
    `export default {
      kind: "auth", apiVersion: 1, name: "pen",
      schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
      async create() { throw new Error("no credential"); },
      createSigner: () => async () => "signed",
    };`,
  );
  const signing = {
    ...storageConfig("fake"),
    signature: { name: "v", email: "v@x", enabled: true, type: "pen", keyPath: undefined, key: new Secret("k") },
  };
  for (let attempt = 0; attempt < 5; attempt += 1) await registry.createSigner(signing);
  t.is(linesOfLeak(t, logger, signer), 1);
});

test("what escapes a plugin is its storage's fault also after a newer configuration has loaded it, and was refused", async (t) => {
  const { install, load, logger, directory } = await writtenPlugins(t);
  const folder = await install("vexil-backend-fake", `export default {${BODY}};`);
  const registry = await load("fake");
  const [storage] = [...pluginConfig(directory, [storageConfig("fake")]).storages.values()];
  const backend = await registry.createBackend(storage!, pluginConfig(directory, []));
  const newer = await load("fake");
  t.is(linesOfLeak(t, logger, folder), 1, "the process goes on");
  await t.throwsAsync(backend.refs.list(""), { message: /leaked/ }, "and the storage that uses it fails");
  await newer.close();
  t.is(linesOfLeak(t, logger, folder), 0, "a line a while");
  await t.throwsAsync(backend.refs.list(""), { message: /leaked/ });
  t.deepEqual(await backend.refs.list(""), new Map());
});

test("what a plugin makes and is not fit for use is closed", async (t) => {
  const { install, load, directory } = await writtenPlugins(t);
  const body = BODY.replace("refs: {", "refs: { list: undefined }, unused: {").replace(
    "close: async () => {}",
    "close: async () => { globalThis.closedUnfit = (globalThis.closedUnfit ?? 0) + 1; }",
  );
  await install("vexil-backend-unfit", `export default {${body}};`);
  const registry = await load("unfit");
  const [storage] = [...pluginConfig(directory, [storageConfig("unfit")]).storages.values()];
  await failure(t, registry.createBackend(storage!, pluginConfig(directory, [])));
  t.is((globalThis as { closedUnfit?: number }).closedUnfit, 1);
});
