// Makes of the Debian packages in the directory given, else in dist, a repository that apt-get installs from:
// <directory>/apt, to be served as it is. VEXIL_SIGNING_KEY names the key of gpg that signs it.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { put, root, run, sourceDate } from "./packages/files.mjs";

const SUITE = "stable";
const COMPONENT = "main";
const ARCHITECTURE = "amd64";
const POOL = `pool/${COMPONENT}/v/vexil`;

const directory = resolve(process.argv[2] ?? join(root, "dist"));
const key = process.env.VEXIL_SIGNING_KEY;
const packages = readdirSync(directory).filter((name) => /^vexil_.*\.deb$/.test(name));
if (packages.length === 0) throw new Error(`there is no package in ${directory}: npm run package:deb makes one`);

const target = join(directory, "apt");
process.umask(0o022);
rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, POOL), { recursive: true });
for (const name of packages) copyFileSync(join(directory, name), join(target, POOL, name));
const suite = `dists/${SUITE}`;
put(target, `${suite}/Release`, release(indexes(packages.map(describe).join("\n"))));
if (key !== undefined) sign(join(target, suite));
process.stdout.write(`${target}\n`);

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What a package says of itself, and where it is. */
function describe(name) {
  const file = join(target, POOL, name);
  const bytes = readFileSync(file);
  const own = run("dpkg-deb", ["--field", file]).trimEnd();
  return `${own}\nFilename: ${POOL}/${name}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
}

/** Writes the list of packages, by its name and by its hash: a client that is half-way meets no other one. */
function indexes(text) {
  const folder = `${COMPONENT}/binary-${ARCHITECTURE}`;
  const plain = Buffer.from(text);
  const files = [
    [`${folder}/Packages`, plain],
    [`${folder}/Packages.gz`, gzipSync(plain, { level: 9 })],
  ];
  return files.map(([path, bytes]) => {
    put(target, `${suite}/${path}`, bytes);
    put(target, `${suite}/${folder}/by-hash/SHA256/${sha256(bytes)}`, bytes);
    return ` ${sha256(bytes)} ${bytes.length} ${path}`;
  });
}

function release(hashes) {
  const fields = {
    Origin: "Vexil",
    Label: "Vexil",
    Suite: SUITE,
    Codename: SUITE,
    Date: new Date(sourceDate() * 1_000).toUTCString().replace("GMT", "UTC"),
    Architectures: ARCHITECTURE,
    Components: COMPONENT,
    "Acquire-By-Hash": "yes",
  };
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
  return `${[...lines, "SHA256:", ...hashes].join("\n")}\n`;
}

function sign(folder) {
  const gpg = (...args) => run("gpg", ["--batch", "--yes", "--armor", "--local-user", key, ...args]);
  gpg("--clearsign", "--output", join(folder, "InRelease"), join(folder, "Release"));
  gpg("--detach-sign", "--output", join(folder, "Release.gpg"), join(folder, "Release"));
  put(target, "vexil.asc", run("gpg", ["--batch", "--armor", "--export", key]));
}
