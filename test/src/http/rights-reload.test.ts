import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";

const READ = "/api/v2/environments/staging/namespaces";

/** Engines say in `globalThis` that they were made, and that they have ended. */
const PLUGIN = `
const told = (globalThis.enginesOfRights ??= []);
export default {
  kind: "authorization", apiVersion: 1, name: "told",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: async ({ reader }) => {
    told.push("+" + reader);
    return {
      decide: ({ identity }) => identity.subject === "root" || identity.subject === reader,
      close: async () => void told.push("-" + reader),
    };
  },
};
`;

test("a reload that fails leaves rights as they were, and ends the engine that it has made", async (t) => {
  const directory = await temporaryDirectory(t);
  const plugin = join(directory, "told.mjs");
  await writeFile(plugin, PLUGIN);
  const rights = (reader: string): Readonly<Record<string, unknown>> =>
    rightsConfig({ backend: plugin, settings: { reader } });
  const { as, daemon } = await rightsDaemon(t, rights("viewer"));
  const reload = async (config: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const file = join(directory, "vexil.json");
    await writeFile(file, JSON.stringify({ version: "2.0", ...config }));
    return daemon.reload(await loadConfig({ file, env: {}, cwd: directory }));
  };
  const next = rights("team");
  const broken = { backend: { type: "local", path: join(plugin, "no-directory") } };
  await t.throwsAsync(reload({ ...next, storage: { ...(next.storage as object), broken } }));
  const told = (globalThis as unknown as { readonly enginesOfRights: readonly string[] }).enginesOfRights;
  t.deepEqual(told, ["+viewer", "+team", "-team"]);
  t.deepEqual([(await as("viewer", "GET", READ)).status, (await as("team", "GET", READ)).status], [200, 403]);
  await reload(next);
  t.deepEqual(told, ["+viewer", "+team", "-team", "+team", "-viewer"]);
  t.deepEqual([(await as("viewer", "GET", READ)).status, (await as("team", "GET", READ)).status], [403, 200]);
});
