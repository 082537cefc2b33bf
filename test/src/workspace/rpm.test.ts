import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);
const run = async (command: string, ...args: readonly string[]): Promise<string> =>
  (await execute(command, args, { maxBuffer: 64e6 })).stdout;

test("the rpm has the program, its user's configuration and its units, and runs where it is extracted", async (t) => {
  t.timeout(300_000);
  const notInCi = process.env.CI === "true" && process.arch === "x64" ? undefined : "an rpm is made in CI";
  if (skipUnless(t, notInCi ?? missingPrograms("rpmbuild", "rpm2cpio", "cpio"))) return;
  const directory = await temporaryDirectory(t);
  await run(process.execPath, join(ROOT, ".scripts", "package-rpm.mjs"), directory);
  const [name = ""] = await readdir(directory);
  const file = join(directory, name);
  const query = (...args: readonly string[]): Promise<string> => run("rpm", "--query", "--package", file, ...args);
  t.is(await query("--configfiles"), "/etc/vexil/vexil.yaml\n");
  t.regex(await query("--scripts"), /useradd --system/);
  t.notRegex(await query("--requires"), /^(?:rtld|lib.*\.so)/m, "nothing is asked for that it brings itself");
  const owned = await query("--queryformat", "[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]");
  t.regex(owned, /^drwxr-x--- root vexil \/etc\/vexil$/m);
  t.regex(owned, /^-rw-r----- root vexil \/etc\/vexil\/vexil\.yaml$/m);
  t.regex(owned, /^-rw-r--r-- root root \/usr\/share\/man\/man1\/vexil-flag\.1\.gz$/m);
  t.notRegex(owned, /\.map$|node_modules\/\.package-lock|built-from|metafile/m);
  await execute("sh", ["-c", `rpm2cpio "$1" | cpio --extract --make-directories --quiet`, "sh", file], {
    cwd: directory,
  });
  t.regex(await run(join(directory, "usr/bin/vexil"), "--version"), /^\d+\.\d+\.\d+\n$/);
  t.true(existsSync(join(directory, "usr/lib/systemd/system/vexil.service")));
});
