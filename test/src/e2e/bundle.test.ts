import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const run = promisify(execFile);
const BUNDLE = fileURLToPath(new URL("../../../daemon/bundle/", import.meta.url));

test("the command runs from the bundle as long as it was made of what is built, else from the modules themselves", async (t) => {
  const place = join(await temporaryDirectory(t), "daemon");
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  };
  const ran = async (): Promise<string> =>
    (await run(process.execPath, [join(place, "bin", "vexil.js")])).stdout.trim();
  const madeOf = (text: string): string =>
    JSON.stringify({
      built: [{ path: "../dist/.tsbuildinfo", sha256: createHash("sha256").update(text).digest("hex") }],
    });
  await put("package.json", `{ "type": "module" }`);
  await put("dist/main.js", `console.log("modules")`);
  await put("dist/.tsbuildinfo", "first");
  await cp(VEXIL, join(place, "bin", "vexil.js"));
  t.is(await ran(), "modules", "there is no bundle");
  await put("bundle/main.js", `console.log("bundle")`);
  await put("bundle/built-from.json", madeOf("first"));
  t.is(await ran(), "bundle");
  await put("dist/.tsbuildinfo", "second");
  t.is(await ran(), "modules", "it was built anew");
  await rm(join(place, "dist", ".tsbuildinfo"));
  t.is(await ran(), "bundle", "a published package does not say what it was built of");
});

test("the contract and its errors are not in the bundle: plugins and the daemon load the same modules", async (t) => {
  const files = (await readdir(BUNDLE)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(files.map((name) => readFile(join(BUNDLE, name), "utf8")));
  t.true(texts.some((text) => text.includes(`"@vexil/plugin-api/errors"`)));
  for (const [index, text] of texts.entries()) {
    t.false(text.includes(`"vexil:error"`) || text.includes(`"vexil:secret"`), `${files[index]} has a copy of it`);
  }
});
