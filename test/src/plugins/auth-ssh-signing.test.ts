import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { writePack } from "@vexil/git/objects/pack-writer";
import { openRepository } from "@vexil/git/repository";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { createSigner } from "../../../plugins/auth-ssh/dist/create-signer.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const run = promisify(execFile);
const GOOD = "G vexil@example.com";

const KINDS = {
  ed25519: ["-t", "ed25519"],
  rsa: ["-t", "rsa", "-b", "2048"],
  "ecdsa 256": ["-t", "ecdsa", "-b", "256"],
  "ecdsa 384": ["-t", "ecdsa", "-b", "384"],
  "ecdsa 521": ["-t", "ecdsa", "-b", "521"],
} as const;

async function makeKey(t: ExecutionContext, args: readonly string[], passphrase = "") {
  const path = join(await temporaryDirectory(t), "key");
  await run("ssh-keygen", ["-q", "-N", passphrase, "-C", "signer", "-f", path, ...args]);
  return { path, text: await readFile(path, "utf8"), publicKey: await readFile(`${path}.pub`, "utf8") };
}

/** Asks native git about the signatures of the newest commits. */
async function judge(t: ExecutionContext, path: string, publicKey: string, count = 1): Promise<readonly string[]> {
  const allowed = join(await temporaryDirectory(t), "allowed");
  await writeFile(allowed, `vexil@example.com ${publicKey}`);
  const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${allowed}`];
  const log = await nativeGit([...config, "-C", path, "log", `-${count}`, "--format=%G? %GS", "main"]);
  return log.split("\n");
}

/** Makes a signed commit, stores it in a native repository, and asks native git about it. */
async function verify(t: ExecutionContext, privateKey: string, publicKey: string): Promise<readonly string[]> {
  const repository = await temporaryRepository(t);
  const { oid, objects } = await openRepository(mapBackend()).makeCommit({
    parents: [],
    baseTree: undefined,
    changes: new Map([["a/features.yaml", Buffer.from("namespace: a\n")]]),
    author: { name: "Vexil", email: "vexil@example.com" },
    message: "signed\n\nwith a body",
    timestampMs: Date.now(),
    instance: "one",
    sign: await createSigner(privateKey),
  });
  await nativeGit(["-C", repository.path, "index-pack", "--strict", "--stdin"], { input: await writePack(objects) });
  await repository.git("update-ref", "refs/heads/main", oid);
  await repository.git("fsck", "--strict");
  return judge(t, repository.path, publicKey);
}

for (const [kind, args] of Object.entries(KINDS)) {
  test(`native git calls a commit signed with ${kind} good`, async (t) => {
    const key = await makeKey(t, args);
    // The integers of an ECDSA signature differ in length from one to the next.
    const rounds = kind.startsWith("ecdsa") ? 4 : 1;
    for (let round = 0; round < rounds; round += 1) t.deepEqual(await verify(t, key.text, key.publicKey), [GOOD]);
  });
}

for (const container of ["pem", "pkcs8"] as const) {
  test(`commits are signed with keys in ${container} too`, async (t) => {
    for (const type of ["rsa", "ecdsa"] as const) {
      const key = await makeSshKey(t, { type, container });
      t.deepEqual(await verify(t, key.text, key.publicLine), [GOOD]);
    }
  });
}

test("a commit signed with another key is not good", async (t) => {
  const [key, other] = [await makeKey(t, KINDS.ed25519), await makeKey(t, KINDS.ed25519)];
  const [answer = ""] = await verify(t, key.text, other.publicKey);
  t.notRegex(answer, /^G/);
});

test("a key that cannot sign says why and shows nothing of itself", async (t) => {
  const encrypted = await makeKey(t, KINDS.ed25519, "opens it");
  const reasons: readonly (readonly [string, RegExp])[] = [
    [encrypted.text, /signature\.key_path or key_ref is encrypted; use one without a passphrase/],
    ["nonsense", /holds no private key/],
    [encrypted.text.replace(/\n[A-Za-z0-9+/]{20}/, "\n"), /holds no private key/],
  ];
  for (const [text, expected] of reasons) {
    const error = await t.throwsAsync(createSigner(text), { message: expected });
    t.true(VexilError.is(error) && error.code === "VEXIL_AUTH_KEY");
    t.false(error?.message.includes(text));
  }
});

const configured = (path: string, signature: object): { readonly storage: object } => ({
  storage: {
    default: {
      backend: { type: "local", path },
      signature: { name: "Vexil", email: "vexil@example.com", enabled: true, ...signature },
    },
  },
});

test("a storage that signs signs every write, by a key from a file", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const key = await makeKey(t, KINDS["ecdsa 521"]);
  const { start, url } = await inProcessDaemon(t, configured(repository.path, { type: "ssh", key_path: key.path }));
  await (await start()).settled;
  for (const name of ["One", "Two"]) {
    const body = { key: name.toLowerCase(), name };
    const answer = await fetch(`${url()}/api/v2/environments/default/namespaces`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    t.is(answer.status, 200);
  }
  t.deepEqual(await judge(t, repository.path, key.publicKey, 2), [GOOD, GOOD]);
  await repository.git("fsck", "--strict");
});

test("a key that cannot sign, or cannot be read, stops the start", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const key = await makeKey(t, KINDS.ed25519, "opens it");
  const { start } = await inProcessDaemon(t, configured(repository.path, { type: "ssh", key_path: key.path }));
  await t.throwsAsync(async () => (await start()).settled, {
    code: "VEXIL_AUTH_KEY",
    message: /is encrypted; use one without a passphrase/,
  });
  const missing = await inProcessDaemon(t, configured(repository.path, { type: "ssh", key_path: `${key.path}.gone` }));
  await t.throwsAsync(async () => (await missing.start()).settled, { code: "VEXIL_AUTH_FILE" });
});
