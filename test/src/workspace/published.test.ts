import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);

/** The manifests of all workspaces, by folder. */
const manifests = new Map(
  ["core", "plugins"]
    .flatMap((top) => readdirSync(join(ROOT, top)).map((name) => join(top, name)))
    .concat("daemon", "test")
    .filter((folder) => existsSync(join(ROOT, folder, "package.json")))
    .map(
      (folder) => [folder, JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest] as const,
    ),
);

test("what is published needs nothing that is not", (t) => {
  const own = new Map([...manifests.values()].map((manifest) => [manifest.name, manifest]));
  for (const { name, private: isPrivate, dependencies, peerDependencies } of manifests.values()) {
    if (isPrivate === true) continue;
    for (const needed of Object.keys({ ...dependencies, ...peerDependencies })) {
      if (!needed.startsWith("@vexil/")) continue;
      t.true(own.has(needed) && own.get(needed)?.private !== true, `${name} needs ${needed}, which is not published`);
    }
  }
});

test("what would be published runs without this repository", async (t) => {
  t.timeout(120_000);
  const place = await temporaryDirectory(t);
  const modules = join(place, "node_modules");
  const packed = join(place, "packed");
  await mkdir(join(modules, "@vexil"), { recursive: true });
  await mkdir(packed);
  // Libraries come from here: no test asks a registry.
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (!name.startsWith(".") && name !== "@vexil")
      await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  const folders = [...manifests].filter(([, manifest]) => manifest.private !== true).map(([folder]) => folder);
  await execute(
    "npm",
    ["pack", "--silent", "--ignore-scripts", "--pack-destination", packed, ...folders.map((name) => `./${name}`)],
    { cwd: ROOT },
  );
  for (const archive of await readdir(packed)) {
    const target = join(modules, "@vexil", archive.replace(/^vexil-(.*)-\d+\.\d+\.\d+\.tgz$/, "$1"));
    await mkdir(target);
    await execute("tar", ["-xzf", join(packed, archive), "-C", target, "--strip-components=1"]);
  }
  t.is((await readdir(join(modules, "@vexil"))).length, folders.length);
  const vexil = join(modules, "@vexil", "daemon", "bin", "vexil.js");
  const storage = { main: { backend: { type: "local", path: "flags" } } };
  await writeFile(
    join(place, "vexil.json"),
    JSON.stringify({ version: "2.0", storage, environments: { default: { storage: "main" } } }),
  );
  const { stdout } = await execute(process.execPath, [vexil, "plugin", "list"], { cwd: place });
  t.regex(stdout, /@vexil\/backend-local/);
  const load = 'const { default: plugin } = await import("@vexil/backend-local"); console.log(plugin.name);';
  t.is((await execute(process.execPath, ["--input-type=module", "-e", load], { cwd: place })).stdout, "local\n");
});
