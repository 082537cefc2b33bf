import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);

interface Clone {
  readonly directory: string;
  readonly git: (...args: readonly string[]) => Promise<string>;
  readonly release: (...args: readonly string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;
}

/** A clone of this repository as it is now, with what has been installed and built here. */
async function clone(t: ExecutionContext): Promise<Clone> {
  const directory = join(await temporaryDirectory(t), "clone");
  const tracked = await execute("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  const tar = `tar -c --null --ignore-failed-read -T - 2>/dev/null | tar -x -C "$1"`;
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execute("git", args, { cwd: directory })).stdout;
  await execute("mkdir", [directory]);
  const copied = execute("sh", ["-c", tar, "sh", directory], { cwd: ROOT });
  copied.child.stdin?.end(tracked.stdout);
  await copied;
  const workspaces = ["core", "plugins"].flatMap((top) => readdirSync(join(ROOT, top)).map((name) => join(top, name)));
  for (const folder of ["", ...workspaces, "daemon", "daemon/console"]) {
    const modules = join(folder, "node_modules");
    if (existsSync(join(ROOT, modules))) await symlink(join(ROOT, modules), join(directory, modules));
  }
  for (const built of ["daemon/bundle/metafile.json", "daemon/console/dist/.modules.json"]) {
    await cp(join(ROOT, built), join(directory, built));
  }
  await git("init", "--quiet");
  // A tag needs somebody who makes it, whom not every machine names.
  await git("config", "user.name", "t");
  await git("config", "user.email", "t@localhost");
  await writeFile(join(directory, ".git/info/exclude"), "node_modules\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "all");
  const release = (...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> =>
    execute(process.execPath, [join(directory, ".scripts/release.mjs"), ...args], { cwd: directory });
  return { directory, git, release };
}

test("a dry run leaves what is released with its checksums and notes, and no tag", async (t) => {
  t.timeout(180_000);
  const { directory, git, release } = await clone(t);
  const output = join(directory, "dist", "release");
  const { stdout } = await release("--dry-run", "--only", "sbom");
  t.true(stdout.startsWith(`${output}\n`));
  t.is(await git("tag"), "");
  const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
  const made = ["NOTES.md", "SHA256SUMS", `vexil-${version}.cdx.json`];
  t.deepEqual((await readdir(output)).sort(), made);
  const lines = (await readFile(join(output, "SHA256SUMS"), "utf8")).trim().split("\n");
  t.is(lines.length, made.length - 1);
  for (const line of lines) {
    const [sum, name = ""] = line.split("  ");
    t.is(
      sum,
      createHash("sha256")
        .update(await readFile(join(output, name)))
        .digest("hex"),
      name,
    );
  }
  await execute("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: output });
  const notes = await readFile(join(output, "NOTES.md"), "utf8");
  t.regex(notes, /^### Added$/m);
  t.notRegex(notes, /^## /m, "of this version alone");

  await release("--only", "sbom");
  t.is(await git("tag"), `v${version}\n`);
  t.regex((await t.throwsAsync(release("--dry-run")))?.message ?? "", /there is a tag v/);
  await git("tag", "--delete", `v${version}`);
  await writeFile(join(directory, "left.txt"), "");
  t.regex((await t.throwsAsync(release("--dry-run")))?.message ?? "", /commit or remove first[\s\S]*left\.txt/);
});

test("without anything that builds images a release says so before it makes all else, or leaves the image out", async (t) => {
  t.timeout(180_000);
  const { directory, git } = await clone(t);
  const programs = join(directory, "..", "programs");
  await mkdir(programs);
  const { stdout: found } = await execute("sh", ["-c", "command -v git"]);
  await symlink(found.trim(), join(programs, "git"));
  const script = join(directory, ".scripts/release.mjs");
  const without = (...args: readonly string[]) =>
    execute(process.execPath, [script, "--dry-run", "--only", "sbom,image", ...args], {
      cwd: directory,
      env: { ...process.env, PATH: programs },
    });
  const refused = await t.throwsAsync(without());
  t.regex(
    refused?.message ?? "",
    /an image needs buildah, podman, or docker with its daemon, and none is here; --no-image/,
  );
  t.false(existsSync(join(directory, "dist", "release")), "nothing was made");
  await without("--no-image");
  t.true((await readdir(join(directory, "dist", "release"))).includes("SHA256SUMS"));
  t.is(await git("tag"), "");
});

test("everything here has one version, which the changelog knows", async (t) => {
  const { stderr } = await execute(process.execPath, [join(ROOT, ".scripts/set-version.mjs")], { cwd: ROOT });
  t.is(stderr, "");
});
