import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { runDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);
const run = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await execute(command, args, { maxBuffer: 64e6 })).stdout;

const STATE = "/var/lib/vexil";

/** Making and installing it takes a minute, and changes the machine: for CI. */
const inCi = process.env.CI === "true" && process.platform === "linux" && existsSync("/usr/bin/dpkg-deb");
const onDebian = inCi && process.getuid?.() === 0 && existsSync("/etc/debian_version");
const mayInstall = onDebian && !existsSync("/usr/bin/vexil") && !existsSync("/var/lib/dpkg/info/vexil.list");

let made: Promise<string> | undefined;

/** The package, made once, in a directory that goes when the file's tests have ended. */
function makePackage(): Promise<string> {
  made ??= (async () => {
    const output = await temporaryDirectory(afterAll);
    await run(process.execPath, join(ROOT, ".scripts", "package-deb.mjs"), output);
    const [name = ""] = await readdir(output);
    return join(output, name);
  })();
  return made;
}

const cleanups: (() => unknown)[] = [];
const afterAll: Scope = { teardown: (cleanup) => void cleanups.push(cleanup) };
test.after.always(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function serve(t: ExecutionContext, vexil: string): Promise<void> {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.json");
  await writeFile(file, JSON.stringify({ version: "2.0", server: { host: "127.0.0.1", http_port: 0, workers: 1 } }));
  const daemon = await runDaemon(t, ["serve", "--config", file], { cwd: directory, program: [vexil] });
  t.is((await daemon.get("/health/ready")).status, 200);
  t.regex(String(daemon.lines.find(({ event }) => event === "daemon.starting")?.node), /^24\./);
  t.is(await daemon.stop(), 0);
}

/** The sample configuration, with its places moved to a directory of the test's, serves its empty repository. */
async function runSample(t: ExecutionContext, vexil: string, place: string): Promise<void> {
  const directory = await temporaryDirectory(t);
  const sample = readFileSync(join(place, "etc/vexil/vexil.yaml"), "utf8");
  const file = join(directory, "vexil.yaml");
  await writeFile(file, sample.replace(STATE, directory).replace("http_port: 8080", "http_port: 0"));
  const daemon = await runDaemon(t, ["serve", "--config", file], { cwd: directory, program: [vexil] });
  t.is((await daemon.get("/health/ready")).status, 200);
  t.is(await daemon.stop(), 0);
}

testUnless(inCi ? undefined : "a package is made in CI, where dpkg-deb is", test.serial)(
  "the package works where it is extracted, brings Node 24, and knows no place of its making",
  async (t) => {
    t.timeout(300_000);
    const file = await makePackage();
    const first = join(await temporaryDirectory(t), "first");
    await run("dpkg-deb", "-x", file, first);
    const place = `${first} moved`;
    await rename(first, place);
    const vexil = join(place, "usr/bin/vexil");
    t.regex(await run(vexil, "--version"), /^\d+\.\d+\.\d+\n$/);
    await serve(t, vexil);
    await runSample(t, vexil, place);
    const unit = readFileSync(join(place, "usr/lib/systemd/system/vexil.service"), "utf8");
    t.regex(unit, /^ExecStart=\/usr\/bin\/vexil serve$/m);
    t.notRegex(unit, /PATH=/);
    t.false((await run(vexil, "systemd", "print")).includes("Environment=PATH="));
    const traces = await execute("grep", ["-rlF", "--exclude-dir=bin", ROOT, place]).catch(({ stdout }) => ({
      stdout,
    }));
    t.is(traces.stdout, "");
    const owners = new Set(
      (await run("dpkg-deb", "-c", file))
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/)[1]),
    );
    t.deepEqual([...owners], ["root/root"]);
    for (const page of ["man/man1/vexil-flag.1.gz", "bash-completion/completions/vexil"]) {
      t.true(existsSync(join(place, "usr/share", page)), page);
    }
    for (const document of ["README.md", "README.Debian", "copyright"]) {
      t.true(existsSync(join(place, "usr/share/doc/vexil", document)), document);
    }
  },
);

/** Lets apt-get install from a directory as from any other repository, and know of no other one. */
async function installFrom(repository: string): Promise<void> {
  const directory = await temporaryDirectory(afterAll);
  await writeFile(join(directory, "sources.list"), `deb [trusted=yes] file:${repository} stable main\n`);
  const settings = {
    SourceList: join(directory, "sources.list"),
    SourceParts: "-",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `Dir::Etc::${name}=${value}`]);
  await mkdir(join(directory, "lists", "partial"), { recursive: true });
  const lists = ["-o", `Dir::State::Lists=${join(directory, "lists")}`, "-o", "APT::Sandbox::User=root"];
  await run("apt-get", ...options, ...lists, "update", "-qq");
  await run("apt-get", ...options, ...lists, "install", "-qq", "--yes", "--no-install-recommends", "vexil");
}

const notHere = "a package is installed in CI, by root, on a Debian that has none";
testUnless(mayInstall ? undefined : notHere, test.serial)(
  "the package is installed, run by its user, and removed",
  async (t) => {
    t.timeout(300_000);
    const file = await makePackage();
    const hadState = existsSync(STATE);
    const hadUser = await execute("id", ["vexil"]).then(
      () => true,
      () => false,
    );
    t.teardown(async () => {
      await execute("dpkg", ["--purge", "vexil"]);
      if (!hadUser) await execute("userdel", ["vexil"]).catch(() => undefined);
      if (!hadState) await rm(STATE, { recursive: true, force: true });
    });
    await run(process.execPath, join(ROOT, ".scripts", "package-apt.mjs"), dirname(file));
    await installFrom(join(dirname(file), "apt"));
    t.is((await run("stat", "-c", "%U:%G %a", "/etc/vexil/vexil.yaml")).trim(), "root:vexil 640");
    t.regex(await run("dpkg-query", "--show", "--showformat", "${Conffiles}", "vexil"), /\/etc\/vexil\/vexil\.yaml/);
    t.regex(await run("id", "vexil"), /uid=\d+\(vexil\) gid=\d+\(vexil\)/);
    t.is((await run("stat", "-c", "%U:%G %a", "/etc/vexil")).trim(), "root:vexil 750");
    t.regex(await run("runuser", "-u", "vexil", "--", "/usr/bin/vexil", "--version"), /^\d+\./);
    t.regex(await run("/usr/bin/vexil", "systemd", "print"), /^ExecStart=\/usr\/bin\/vexil serve$/m);
    await serve(t, "/usr/bin/vexil");
    await mkdir(STATE, { recursive: true });
    await run("dpkg", "--remove", "vexil");
    t.false(existsSync("/usr/bin/vexil"));
    t.false(existsSync("/usr/lib/vexil"));
    t.true(existsSync(STATE), "what it kept stays");
    await run("dpkg", "--purge", "vexil");
    t.false(existsSync("/etc/vexil"));
    t.true(existsSync(STATE), "on purge too");
  },
);
