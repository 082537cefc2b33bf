import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

/** A method with logins, so that there are sessions, and keys of them. */
const PLUGIN = `
export default {
  kind: "authentication", apiVersion: 1, name: "acme",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: async () => ({
    login: {
      authorize: async () => "https://id.example/authorize",
      callback: async () => { throw new Error("nobody logs in here"); },
    },
    close: async () => {},
  }),
};
`;

for (const workers of [1, 2]) {
  test.serial(`tokens, rules and rights change together (${workers} processes)`, async (t) => {
    const directory = await temporaryDirectory(t);
    const plugin = join(directory, "plugin.js");
    await writeFile(join(directory, "package.json"), JSON.stringify({ name: "acme", type: "module" }));
    await writeFile(plugin, PLUGIN);
    const configWith = (name: string, bound: string, key: string): Readonly<Record<string, unknown>> => ({
      plugins: [plugin],
      storage: { main: { backend: { type: "memory" } } },
      environments: { default: { storage: "main" } },
      server: { workers },
      authentication: {
        required: true,
        session: { domain: "localhost", csrf: { key } },
        methods: {
          token: { enabled: true, storage: { tokens: { [name]: { credential: "secret" } } } },
          acme: { enabled: true },
        },
      },
      authorization: {
        required: true,
        roles: { reader: [{ actions: ["evaluate"] }] },
        bindings: [{ role: "reader", match: { token: bound } }],
      },
    });
    const { daemon, start, url } = await inProcessDaemon(
      t,
      configWith("guest", "admin", "the key of sessions until now"),
    );
    await start();
    const statuses: number[] = [];
    let isOver = false;
    const evaluate = async (): Promise<void> => {
      while (!isOver) {
        const response = await fetch(`${url()}/evaluate/v1/boolean`, {
          method: "POST",
          headers: { authorization: "Bearer secret", connection: "close" },
          body: JSON.stringify({ flagKey: "x", entityId: "e" }),
        });
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    };
    const evaluated = Promise.all([evaluate(), evaluate(), evaluate()]);
    await eventually(async () => statuses.length, Boolean);
    const file = join(directory, "changed.json");
    // A caller who is called now as one with rights was called before: they are somebody else's by now.
    const changed = configWith("admin", "root", "another key of sessions, for which work is to be done");
    await writeFile(file, JSON.stringify({ version: "2.0", ...changed }));
    await daemon.reload(await loadConfig({ file, env: {}, cwd: directory }));
    isOver = true;
    await evaluated;
    t.deepEqual([...new Set(statuses)], [403]);
  });
}
