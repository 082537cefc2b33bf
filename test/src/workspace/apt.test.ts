import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);

interface Client {
  readonly apt: (...args: readonly string[]) => Promise<string>;
  readonly directory: string;
  readonly repository: string;
}

/** A signed repository with one small package, and apt-get with lists, cache and keys of its own. */
async function repository(t: ExecutionContext): Promise<Client> {
  const directory = await temporaryDirectory(t);
  const env = { ...process.env, GNUPGHOME: join(directory, "gnupg"), VEXIL_SIGNING_KEY: "maintainers@vexil.invalid" };
  await mkdir(env.GNUPGHOME, { mode: 0o700 });
  t.teardown(() => execute("gpgconf", ["--kill", "all"], { env }).catch(() => undefined));
  const key = ["--batch", "--passphrase", "", "--quick-generate-key", env.VEXIL_SIGNING_KEY, "ed25519", "sign", "1d"];
  await execute("gpg", key, { env });
  const tree = join(directory, "tree");
  await mkdir(join(tree, "DEBIAN"), { recursive: true });
  const control =
    "Package: vexil\nVersion: 9.9.9\nArchitecture: amd64\nMaintainer: M <m@vexil.invalid>\nDescription: small\n";
  await writeFile(join(tree, "DEBIAN", "control"), control);
  await execute("dpkg-deb", ["--root-owner-group", "--build", tree, join(directory, "vexil_9.9.9_amd64.deb")]);
  const { stdout } = await execute(process.execPath, [join(ROOT, ".scripts", "package-apt.mjs"), directory], { env });
  const made = stdout.trim();

  const lists = join(directory, "lists");
  for (const name of [lists, join(directory, "cache")]) await mkdir(join(name, "partial"), { recursive: true });
  const source = `deb [arch=amd64 signed-by=${join(made, "vexil.asc")}] file:${made} stable main\n`;
  await writeFile(join(directory, "sources.list"), source);
  await writeFile(join(directory, "status"), "");
  const options = {
    "Dir::Etc::SourceList": join(directory, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State::Lists": lists,
    "Dir::State::Status": join(directory, "status"),
    "Dir::Cache": join(directory, "cache"),
    "APT::Sandbox::User": "root",
    "APT::Architecture": "amd64",
    "Debug::NoLocking": "true",
  };
  const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const apt = async (...args: readonly string[]): Promise<string> =>
    (await execute("apt-get", [...settings, ...args], { cwd: directory })).stdout;
  return { apt, directory, repository: made };
}

test("apt-get finds the package in a signed repository, and takes none whose list was changed", async (t) => {
  t.timeout(120_000);
  if (skipUnless(t, missingPrograms("apt-get", "dpkg-deb", "gpg"))) return;
  const { apt, directory, repository: place } = await repository(t);
  await apt("update", "--error-on=any");
  t.regex(await apt("install", "--simulate", "vexil"), /^Inst vexil \(9\.9\.9 Vexil:stable \[amd64\]\)$/m);
  await apt("download", "vexil");
  const name = "vexil_9.9.9_amd64.deb";
  t.deepEqual(await readFile(join(directory, name)), await readFile(join(place, "pool/main/v/vexil", name)));

  const hashes = join(place, "dists/stable/main/binary-amd64/by-hash/SHA256");
  const folders = [join(place, "dists/stable/main/binary-amd64")];
  for (const hash of await readdir(hashes)) await writeFile(join(hashes, hash), "Package: vexil\n");
  for (const folder of folders) {
    for (const list of ["Packages", "Packages.gz"]) await writeFile(join(folder, list), "Package: vexil\n");
  }
  const release = join(place, "dists/stable/InRelease");
  await writeFile(release, (await readFile(release, "utf8")).replace("Origin: Vexil", "Origin: Other"));
  const refused = await t.throwsAsync(apt("update", "--error-on=any"));
  t.regex(refused?.message ?? "", /invalid|BADSIG|not signed/i);
});
