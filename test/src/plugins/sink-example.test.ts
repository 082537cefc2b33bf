import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { redisServer } from "../helpers/databases/redis-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The example, copied out of the workspace and built, with the packages that it names beside it. */
async function built(t: ExecutionContext): Promise<string> {
  const folder = join(await temporaryDirectory(t), "vexil-sink-redis");
  cpSync(join(ROOT, "daemon/examples/sink-redis"), folder, { recursive: true });
  for (const name of ["@redis/client", "@types/node", "@vexil/plugin-api", "undici-types"]) {
    const to = join(folder, "node_modules", name);
    mkdirSync(join(to, ".."), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), to);
  }
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  t.is(status, 0, stdout);
  return folder;
}

test("the example against Redis passes the conformance kit, and a daemon tells it each event once", async (t) => {
  if (skipUnless(t, missingPrograms("redis-server"))) return;
  t.timeout(180_000);
  const [folder, redis] = [await built(t), await redisServer(t)];
  const url = `redis://:${redis.password}@127.0.0.1:${redis.port}`;
  const kit = spawnSync(process.execPath, ["--test-reporter=tap", join(folder, "dist/test/conformance.test.js")], {
    encoding: "utf8",
    env: { ...process.env, REDIS_URL: url },
  });
  t.is(kit.status, 0, kit.stdout);
  t.true(Number(/^# pass (\d+)$/m.exec(kit.stdout)?.[1]) >= 40, kit.stdout.slice(-500));
  const daemon = await startDaemon(t, {
    config: {
      storage: { default: { backend: { type: "memory" } } },
      sinks: { stream: { type: folder, url, stream: "told", filter: { kinds: ["namespace"] } } },
    },
  });
  const write = (key: string) => daemon.post("/api/v2/environments/default/namespaces", { key, name: key });
  t.is((await write("one")).status, 200);
  const length = async (): Promise<string> => (await redis.command("XLEN", "told")).trim();
  await eventually(length, (count) => count === "1");
  // Redis is away for a while: what happens meanwhile comes afterwards.
  redis.freeze();
  t.is((await write("two")).status, 200);
  redis.thaw();
  await eventually(length, (count) => count === "2");
  t.regex(await redis.command("XRANGE", "told", "-", "+"), /"key":"one"[\s\S]*"key":"two"/);
  t.is(await daemon.stop(), 0);
});
