import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test("the command runs from the bundle as long as it was made of what is built, else from the modules themselves", async (t) => {
  const place = join(await temporaryDirectory(t), "daemon");
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  };
  const ran = async (...args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [join(place, "bin", "vexil.js"), ...args])).stdout.trim();
  const madeOf = (text: string): string =>
    JSON.stringify({
      built: [{ path: "../dist/.tsbuildinfo", sha256: createHash("sha256").update(text).digest("hex") }],
    });
  await put("package.json", `{ "type": "module" }`);
  await put("dist/main.js", `console.log("modules")`);
  await put("dist/.tsbuildinfo", "first");
  await cp(VEXIL, join(place, "bin", "vexil.js"));
  t.is(await ran(), "modules", "there is no bundle");
  await put("bundle/main.mjs", `console.log("bundle")`);
  await put("bundle/built-from.json", madeOf("first"));
  t.is(await ran(), "bundle");
  await put("bundle/package.json", `{ "type": "commonjs" }`);
  await put("bundle/daemon.js", `console.log("daemon", process.argv.slice(2).join(" "))`);
  t.is(await ran("serve", "--config", "x"), "daemon serve --config x");
  t.is(await ran("edge"), "daemon edge");
  t.is(await ran("status"), "bundle", "what does not serve loads what it needs");
  await put("dist/.tsbuildinfo", "second");
  t.is(await ran(), "modules", "it was built anew");
  await rm(join(place, "dist", ".tsbuildinfo"));
  t.is(await ran(), "bundle", "a published package does not say what it was built of");
});

/** A backend that brings the contract along, and tells what it makes of what the daemon hands it. */
const PLUGIN = `
  import { defineBackend, Secret, secret, VexilError, z } from "@vexil/plugin-api";
  export default defineBackend({
    name: "own-copy",
    schema: z.strictObject({ token: secret(), wait: z.string().default("by default") }),
    capabilities: { durable: false, shared: false },
    async create({ token, wait }, { logger }) {
      logger.log("info", "own-copy.asked", "asked", {
        is_secret: token instanceof Secret, is_error: token instanceof VexilError, length: token.reveal().length, wait,
      });
      throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", "own-copy is closed on Mondays");
    },
  });`;

test("a plugin with a copy of the contract of its own takes what the daemon's makes for its own, and the other way about", async (t) => {
  const cwd = await temporaryDirectory(t);
  const modules = join(cwd, "node_modules");
  const api = join(modules, "@vexil", "plugin-api");
  await cp(join(ROOT, "core", "plugin-api", "dist"), join(api, "dist"), { recursive: true });
  await cp(join(ROOT, "core", "plugin-api", "package.json"), join(api, "package.json"));
  await cp(join(ROOT, "node_modules", "zod"), join(modules, "zod"), { recursive: true });
  const plugin = join(modules, "vexil-backend-own-copy");
  await mkdir(plugin, { recursive: true });
  await writeFile(
    join(plugin, "package.json"),
    `{ "name": "vexil-backend-own-copy", "type": "module", "main": "index.js" }`,
  );
  await writeFile(join(plugin, "index.js"), PLUGIN);
  await writeFile(join(cwd, "token"), "hush");
  const daemon = await startDaemon(t, {
    cwd,
    config: {
      secrets: { providers: { file: { enabled: true, base_path: cwd } } },
      storage: { default: { backend: { type: "own-copy", token: "${secret:file:token}" } } },
    },
    start: "any",
  });
  const told = await daemon.line(({ event }) => event === "own-copy.asked");
  t.like(told, { is_secret: true, is_error: false, length: 4, wait: "by default" });
  const failed = await daemon.line(({ event }) => event === "open.failed");
  t.is(failed.code, "VEXIL_UNAVAILABLE_STORAGE");
  t.regex(String(failed.reason), /closed on Mondays/);
  await daemon.stop();
  t.notRegex(daemon.stderr(), /warning/i);
});
