import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import test, { type ExecutionContext } from "ava";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type EmptyPlace, emptyPlace, npmTarballs, pathsIn, type Tarballs } from "../helpers/packages/npm-packages.js";
import { npmRegistry } from "../helpers/packages/npm-registry.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const execute = promisify(execFile);
const SBOM = fileURLToPath(new URL("../../../.scripts/sbom.mjs", import.meta.url));
/** Of git the formats alone are promised. */
const PROMISED: Readonly<Record<string, object>> = { "vexil-git": { entrypoints: ["./objects"] } };
const cleanups: (() => unknown)[] = [];
const afterAll: Scope = { teardown: (cleanup) => void cleanups.push(cleanup) };
let made: Promise<Tarballs> | undefined;
const tarballs = (): Promise<Tarballs> => (made ??= npmTarballs(afterAll));
test.after.always(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function manifests(t: ExecutionContext, tarball: string): Promise<readonly Record<string, unknown>[]> {
  const directory = await temporaryDirectory(t);
  await execute("tar", ["-xzf", tarball, "-C", directory, "--wildcards", "package/package.json", "*/package.json"]);
  const { stdout } = await execute("find", [directory, "-name", "package.json"]);
  // A package's own, not those of its examples.
  const files = stdout
    .split("\n")
    .filter((file) => /\/(?:package|node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.test(file));
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>));
}

test("the tarballs hold what runs, and nothing of how it was built", async (t) => {
  t.timeout(180_000);
  const all = await tarballs();
  t.deepEqual([...all.keys()].sort(), ["vexil", "vexil-git", "vexil-plugin-api"]);
  for (const [name, tarball] of all) {
    const paths = await pathsIn(tarball);
    for (const path of ["LICENSE", "README.md", "package.json"]) t.true(paths.includes(path), `${name}: ${path}`);
    const surplus = paths.filter((path) => /\.map$|tsbuildinfo|built-from|metafile|\/bundle\/cache\//.test(path));
    t.deepEqual(surplus, [], name);
  }
  const program = all.get("vexil") ?? "";
  const paths = await pathsIn(program);
  const wanted = [
    "bin/vexil.js",
    "man/vexil-flag.1",
    "completion/vexil.bash",
    "completion/_vexil",
    "completion/vexil.fish",
  ];
  const daemon = [
    "bundle/main.mjs",
    "bundle/daemon.js",
    "console/dist/index.html",
    "docs/dist/index.html",
    "templates/backend/src/index.ts",
  ];
  for (const path of [...wanted, ...daemon.map((one) => `node_modules/@vexil/daemon/${one}`)]) {
    t.true(paths.includes(path), path);
  }
  t.true((await stat(program)).size < 9e6, "some 6 MB");
  t.true(paths.length < 6_000, `${paths.length} files`);
  const scripts = (await manifests(t, program)).flatMap((manifest) => Object.keys(manifest.scripts ?? {}));
  t.deepEqual(scripts, [], "npm has nothing to run");
  // Where a package has one, npm builds it without having been told to.
  t.deepEqual(
    paths.filter((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\/binding\.gyp$/.test(path)),
    [],
  );
});

test("the SBOM names what lies beside the bundle in the tarball, and nothing else", async (t) => {
  t.timeout(180_000);
  const inTarball = (await manifests(t, (await tarballs()).get("vexil") ?? ""))
    .filter(({ name }) => !/^(?:@vexil\/|vexil$)/.test(String(name)))
    .map(({ name, version }) => `pkg:npm/${String(name).replace("@", "%40")}@${version}`);
  const { stdout } = await execute(process.execPath, [SBOM, await temporaryDirectory(t)]);
  const { components } = JSON.parse(await readFile(stdout.trim(), "utf8")) as {
    readonly components: readonly {
      readonly purl: string;
      readonly properties: readonly { readonly value: string }[];
    }[];
  };
  const beside = components.filter(({ properties }) => properties.some(({ value }) => value === "node_modules"));
  t.true(beside.length > 50);
  t.deepEqual(beside.map(({ purl }) => purl).sort(), inTarball.sort());
});

test("the same sources give the same tarballs", async (t) => {
  t.timeout(180_000);
  if (skipUnless(t, process.env.CI === "true" ? undefined : "tarballs are made twice in CI")) return;
  const again = await npmTarballs(t);
  for (const [name, path] of await tarballs()) {
    t.true((await readFile(path)).equals(await readFile(again.get(name) ?? "")), name);
  }
});

test("publint and attw have nothing against what is published", async (t) => {
  t.timeout(180_000);
  for (const [name, tarball] of await tarballs()) {
    const data = await readFile(tarball);
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    t.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
      name,
    );
    if (name === "vexil") continue;
    const types = await checkPackage(createPackageFromTarballData(new Uint8Array(data)), PROMISED[name]);
    if (!("problems" in types)) throw new Error(`${name} has no types`);
    // The packages are ES modules, for compilers that read `exports`.
    const isOld = (problem: object): boolean =>
      "resolutionKind" in problem && /^node(?:10|16-cjs)$/.test(String(problem.resolutionKind));
    t.deepEqual(
      types.problems.filter((problem) => !isOld(problem)),
      [],
      name,
    );
  }
});

/** A daemon from what is installed in a place answers an evaluation, and shows its console and manual. */
async function serves(t: ExecutionContext, { directory }: EmptyPlace): Promise<void> {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const config = { storage: { default: { remote: remote.path, backend: { type: "local", path: "flags" } } } };
  const program: [string] = [join(directory, "node_modules", ".bin", "vexil")];
  const daemon = await startDaemon(t, { config, cwd: directory, program });
  const answer = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(answer.body.enabled, true);
  t.regex((await daemon.get("/", { accept: "text/html" })).body, /<div id="root">/);
  t.regex((await daemon.get("/docs/", { accept: "text/html" })).body, /<title>.*Vexil.*<\/title>/);
  t.is(await daemon.stop(), 0);
}

test("the tarball is installed without a registry, and serves", async (t) => {
  t.timeout(180_000);
  const place = await emptyPlace(t);
  await place.run("npm", "install", (await tarballs()).get("vexil") ?? "");
  t.regex(await place.run("npx", "vexil", "--version"), /^\d+\.\d+\.\d+\n$/);
  await serves(t, place);
});

test("what is published to a registry is installed from it, and a new plugin is built and tried with it", async (t) => {
  t.timeout(300_000);
  const installed = process.env.VEXIL_VERDACCIO;
  const missing = "verdaccio is installed by CI, which says where in VEXIL_VERDACCIO";
  if (skipUnless(t, installed === undefined ? missing : undefined)) return;
  const upstream = (await execute("npm", ["config", "get", "registry"])).stdout.trim();
  const place = await emptyPlace(t, await npmRegistry(t, installed ?? "", upstream));
  // Where a package was built is told by CI's identity, which there is none of here.
  for (const tarball of (await tarballs()).values()) await place.run("npm", "publish", "--provenance=false", tarball);
  await place.run("npm", "install", "vexil", "@vexil/git");
  const version = (await place.run("npx", "vexil", "--version")).trim();
  t.is(version, (await place.run("npm", "view", "vexil", "version")).trim());
  await serves(t, place);

  await place.run("npx", "vexil", "plugin", "new", "acme");
  const prefix = ["--prefix", join(place.directory, "vexil-backend-acme")];
  await place.run("npm", "pkg", "set", `devDependencies.@vexil/plugin-api=${version}`, ...prefix);
  await place.run("npm", "install", ...prefix);
  const lock = await readFile(join(place.directory, "vexil-backend-acme", "package-lock.json"), "utf8");
  t.regex(lock, /127\.0\.0\.1:\d+\/@vexil\/plugin-api\//);
  const tested = await place.run("npm", "test", ...prefix);
  t.regex(tested, /^# fail 0$/m);
  t.true(Number(/^# pass (\d+)$/m.exec(tested)?.[1]) >= 50);
  const load = 'console.log(typeof (await import("@vexil/git/objects")).parseTree)';
  const loaded = await execute(process.execPath, ["--input-type=module", "-e", load], { cwd: place.directory });
  t.is(loaded.stdout, "function\n");
});
