import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly directory: string;
  readonly run: (program: string, args: readonly string[], cwd?: string) => Promise<Ended>;
  readonly vexil: (args: readonly string[], cwd?: string) => Promise<Ended>;
}

async function start(t: ExecutionContext): Promise<Started> {
  const directory = await temporaryDirectory(t);
  const run = (program: string, args: readonly string[], cwd = directory): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined };
      execFile(program, [...args], { cwd, env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
    });
  return { directory, run, vexil: (args, cwd) => run(process.execPath, [VEXIL, ...args], cwd) };
}

const INSTALL = ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** All files below a directory as texts. */
async function texts(directory: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"));
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, "latin1")] as const)));
}

test("a new backend builds, passes the kit, packs, and runs in a daemon from an empty directory without a copy of core", async (t) => {
  t.timeout(180_000);
  const { directory, run, vexil } = await start(t);
  const made = await vexil(["plugin", "new", "acme"]);
  t.is(made.code, 0, made.stderr);
  for (const command of ["cd vexil-backend-acme", "npm install", "npm test"]) t.true(made.stdout.includes(command));
  const folder = join(directory, "vexil-backend-acme");

  const files = await texts(folder);
  for (const [path, text] of files) {
    for (const wrong of [ROOT, directory, "workspace:", "__name__", "__package__"]) {
      t.false(text.includes(wrong), `${path} holds ${wrong}`);
    }
  }
  const source = await readFile(join(folder, "src/index.ts"), "utf8");
  const readme = await readFile(join(ROOT, "daemon/docs/plugins.md"), "utf8");
  t.true(readme.includes(source.replaceAll("acme", "example")), "the manual shows what is made and tested here");
  t.deepEqual(
    [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]),
    ["@vexil/plugin-api"],
  );
  t.true(source.split("\n").length < 60, "an example that is read in a minute");

  const installed = await run("npm", INSTALL, folder);
  t.is(installed.code, 0, installed.stderr);
  const tested = await run("npm", ["test"], folder);
  t.is(tested.code, 0, tested.stdout + tested.stderr);
  t.regex(tested.stdout, /^# fail 0$/m);
  t.true(Number(/^# pass (\d+)$/m.exec(tested.stdout)?.[1]) >= 50);
  t.true(Number(/^# skipped (\d+)$/m.exec(tested.stdout)?.[1]) >= 10, "what does not apply is skipped, not passed");
  const shell = await vexil(["plugin", "test", "--quiet"], folder);
  t.regex(shell.stdout, /^\d+ passed, 0 failed, \d+ skipped\n$/);
  t.is(shell.code, 0);

  t.is((await run("npm", ["pack", "--silent"], folder)).code, 0);
  const packed = await run("tar", ["tf", "vexil-backend-acme-0.1.0.tgz"], folder);
  t.deepEqual(packed.stdout.trim().split("\n").sort(), [
    "package/README.md",
    "package/dist/src/index.d.ts",
    "package/dist/src/index.js",
    "package/package.json",
  ]);

  const empty = join(directory, "empty");
  await mkdir(empty);
  await writeFile(join(empty, "package.json"), `{ "private": true }`);
  const alone = await run("npm", [...INSTALL, join(folder, "vexil-backend-acme-0.1.0.tgz")], empty);
  t.is(alone.code, 0, alone.stderr);
  const there = (await readdir(join(empty, "node_modules"))).filter((name) => !name.startsWith("."));
  t.deepEqual(there, ["vexil-backend-acme"]);
  t.regex((await vexil(["plugin", "test", "acme", "-q"], empty)).stdout, /^\d+ passed, 0 failed, \d+ skipped\n$/);

  const daemon = await startDaemon(t, {
    cwd: empty,
    config: { storage: { default: { backend: { type: "acme", max_objects: 500 } } } },
  });
  t.is((await daemon.get("/health")).status, 200);
  const listed = await vexil(["plugin", "list", "--config", join(empty, "vexil.json"), "--json"]);
  t.like((JSON.parse(listed.stdout) as unknown[])[0], {
    kind: "backend",
    id: "default",
    type: "acme",
    name: "acme",
    package: "vexil-backend-acme",
    version: "0.1.0",
    apiVersion: 1,
    capabilities: { durable: false, shared: false },
  });
  // The folder itself is a specifier, too.
  const signature = { enabled: true, type: "ssh", key_path: "/nowhere/key" };
  const config = { storage: { default: { backend: { type: "../vexil-backend-acme" }, signature } } };
  await writeFile(join(empty, "folder.json"), JSON.stringify(config));
  const table = (await vexil(["plugin", "list", "--config", join(empty, "folder.json")])).stdout;
  t.regex(table, /storage default +\.\.\/vexil-backend-acme +vexil-backend-acme +0\.1\.0 +1 +not durable, not shared/);
  t.regex(table, /signature of storage default +ssh +@vexil\/auth-ssh /);

  // The other kinds, with what is installed already.
  for (const kind of ["auth", "authentication", "authorization", "sink"]) {
    t.is((await vexil(["plugin", "new", "vault", "--kind", kind])).code, 0);
    const other = join(directory, `vexil-${kind}-vault`);
    await symlink(join(folder, "node_modules"), join(other, "node_modules"));
    const passed = await run("npm", ["test"], other);
    t.is(passed.code, 0, passed.stdout + passed.stderr);
    t.regex(passed.stdout, /^# fail 0$/m);
    t.true(Number(/^# pass (\d+)$/m.exec(passed.stdout)?.[1]) >= 10);
  }
  const method = join(directory, "vexil-authentication-vault");
  const args = ["plugin", "test", "--kind", "authentication", "--quiet", "--settings", '{"key":"canary-4711"}'];
  t.regex((await vexil(args, method)).stdout, /^\d+ passed, 0 failed, \d+ skipped\n$/);
  const rights = join(directory, "vexil-authorization-vault");
  t.regex((await vexil(["plugin", "test", "--quiet"], rights)).stdout, /^\d+ passed, 0 failed\n$/);
});

test("every type, function and field of the contract says what it is, and shows an example", async (t) => {
  const bare: string[] = [];
  let exported = 0;
  for (const [path, text] of await texts(join(ROOT, "core/plugin-api/dist"))) {
    if (!path.endsWith(".d.ts") || /\/(errors|testing|host)\//.test(path)) continue;
    // What templates are read by, of which the contract exports nothing.
    if (/\/template-(lexer|parser|syntax)\.d\.ts$/.test(path)) continue;
    const pattern =
      /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?^export (?:declare )?(interface|type|function|class|const) (\w+)/gm;
    for (const [, comment = "", kind, name] of text.matchAll(pattern)) {
      exported += 1;
      // A union of words, or an integer, is its own example.
      const needsExample = kind === "interface" || kind === "function" || kind === "class";
      if (comment === "" || (needsExample && !comment.includes("@example"))) bare.push(`${kind} ${name}`);
    }
  }
  t.true(exported > 35, `${exported} exports`);
  t.deepEqual(bare, []);
});

test("a name that is bad or taken exits non-zero and writes nothing", async (t) => {
  const { directory, vexil } = await start(t);
  await mkdir(join(directory, "vexil-backend-there"));
  for (const name of ["Bad", "1st", "a_b", "../up", "a/b", "", "memory", "there", "vexil-backend-there"]) {
    const ended = await vexil(["plugin", "new", name]);
    t.is(ended.code, 1, name);
    t.regex(ended.stderr, /^Error: .*\n$/, name);
  }
  t.not((await vexil(["plugin", "new", "x", "--kind", "cache"])).code, 0);
  const other = await vexil(["plugin", "new", "vexil-sink-x"]);
  t.regex(other.stderr, /"vexil-sink-x" would be a backend: say "vexil plugin new x --kind sink"/);
  t.deepEqual(await readdir(directory), ["vexil-backend-there"]);
});

test("plugin test names what fails, counts, and exits with 1", async (t) => {
  const { directory, vexil } = await start(t);
  // A backend that lies: a swap always succeeds, a prefix is ignored, and an unknown key is accepted.
  const source = `import { defineBackend } from "@vexil/plugin-api";
    export default defineBackend({
      name: "liar", capabilities: { durable: false, shared: false },
      schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
      async create() {
        const objects = new Map(), refs = new Map(), shallow = new Set();
        return {
          objects: {
            read: async (oids) => new Map(oids.filter((oid) => objects.has(oid)).map((oid) => [oid, objects.get(oid)])),
            write: async (written) => written.forEach((object) => objects.set(object.oid, object)),
          },
          refs: {
            list: async () => new Map(refs),
            compareAndSwap: async (updates) => { updates.forEach((u) => refs.set(u.ref, u.new)); return true; },
          },
          shallow: { read: async () => shallow, update: async (add) => add.forEach((oid) => shallow.add(oid)) },
          close: async () => { setTimeout(() => Promise.reject(new Error("leaked at close")), 0); },
        };
      },
    });`;
  await writeFile(join(directory, "liar.mjs"), source);
  const ended = await vexil(["plugin", "test", "./liar.mjs"]);
  t.is(ended.code, 1);
  for (const title of [
    "refuses an unknown settings key and names it",
    "refuses to move a ref that is elsewhere",
    "answers a swap with what it did, a hundred times over",
    "lets one of 16 callers win",
    "loses no count of four callers",
    "lists by the beginning of the name, not by directory",
    "deletes a ref that is where the caller believes",
    "keeps what it stored when the caller uses its buffer again",
    "gives a shallow list that later updates do not change",
    "rejects a read that is aborted before it begins, and goes on",
  ]) {
    t.true(ended.stdout.includes(`failed   ${title}: `), title);
  }
  // Each says what was wanted, what came, and what the contract has to say.
  t.regex(
    ended.stdout,
    /^failed {3}refuses to move a ref that is elsewhere: expected false, got true; the contract: .*compareAndSwap does all updates or.*\(Backend\.refs: RefStore\)$/m,
  );
  for (const line of ended.stdout.split("\n").filter((one) => one.startsWith("failed") && !one.includes("leaked"))) {
    t.regex(line, /; the contract: .+ \(.+\)$/);
  }
  t.regex(ended.stdout, /leaked a rejected promise: leaked at close/);
  t.regex(ended.stdout, /\n\d+ passed, \d+ failed, \d+ skipped\n$/);
  const nothing = await vexil(["plugin", "test"]);
  t.is(nothing.code, 1);
  t.regex(nothing.stderr, /^Error: plugin "\.".*resolve failed/);
});

/** A package in the directory, by its main file and what its package.json adds. */
async function somePackage(directory: string, name: string, source: string, manifest: object = {}): Promise<string> {
  const folder = join(directory, name);
  await mkdir(folder);
  await writeFile(join(folder, "index.mjs"), source);
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name, version: "1.0.0", main: "index.mjs", ...manifest }),
  );
  return `./${name}`;
}

test("a store that cannot be reached is one line, not a failure of each case", async (t) => {
  const { directory, vexil } = await start(t);
  const source = `import { defineBackend } from "@vexil/plugin-api";
    export default defineBackend({
      name: "far", capabilities: { durable: true, shared: true },
      schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
      create: async () => { throw new Error("connect ECONNREFUSED 127.0.0.1:6379"); },
    });`;
  const ended = await vexil(["plugin", "test", await somePackage(directory, "vexil-backend-far", source)]);
  t.is(ended.code, 1);
  t.is(ended.stdout, "");
  t.is(ended.stderr, "Error: the backend cannot be opened with these settings: connect ECONNREFUSED 127.0.0.1:6379\n");
});

test("a plugin for another Node is refused before its code runs", async (t) => {
  const { directory, vexil } = await start(t);
  const source = `throw new Error("its code ran");`;
  const specifier = await somePackage(directory, "vexil-backend-new", source, { engines: { node: ">=99.1" } });
  const ended = await vexil(["plugin", "test", specifier]);
  t.is(ended.code, 1);
  t.regex(
    ended.stderr,
    /vexil-backend-new.*check failed: its package.json asks for Node >=99\.1, and this is Node \d+/,
  );
  t.notRegex(ended.stderr, /its code ran/);
});
