import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Config } from "@vexil/config/config";
import { loadConfig } from "@vexil/config/load-config";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const RELOADS = 20;

test("after many reloads nothing is left of the configurations between the first and the last", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.json");
  // One storage and the method stay as they are, another storage is opened anew each time.
  const settings = (number: number): object => ({
    storage: {
      stays: { remote: repository.path, poll_interval: "1h" },
      changes: { backend: { type: "local", path: join(directory, `store-${number}`) } },
    },
    environments: { default: { storage: "stays", default: true }, other: { storage: "changes" } },
    authentication: { methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "secret" } } } } } },
    authorization: { roles: { [`role-${number}`]: [] } },
  });
  const server = { host: "127.0.0.1", http_port: 0, workers: 1 };
  const { daemon, start } = await inProcessDaemon(t, settings(0) as Record<string, unknown>);
  await (await start()).settled;
  const configs: WeakRef<Config>[] = [];
  for (let number = 1; number <= RELOADS; number += 1) {
    await writeFile(file, JSON.stringify({ version: "2.0", ...settings(number), server }));
    const config = await loadConfig({ file, env: {}, cwd: directory });
    configs.push(new WeakRef(config));
    await daemon.reload(config);
  }
  const kept = async (): Promise<readonly number[]> => {
    collect();
    return configs.flatMap((config, index) => (config.deref() === undefined ? [] : [index + 1]));
  };
  t.deepEqual(await eventually(kept, ({ length }) => length <= 1, 60_000), [RELOADS]);
});
