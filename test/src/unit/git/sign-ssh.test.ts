import { execFile } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { writePack } from "@vexil/git/objects/pack-writer";
import { openRepository } from "@vexil/git/repository";
import { createSshSigner } from "@vexil/git/signing/sign-ssh";
import { readPrivateKey } from "@vexil/git/signing/ssh-private-key";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";
import { nativeGit } from "../../helpers/repositories/native-git.js";
import { temporaryRepository } from "../../helpers/repositories/temporary-repository.js";

const run = promisify(execFile);

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
  return { text: await readFile(path, "utf8"), publicKey: await readFile(`${path}.pub`, "utf8") };
}

/** Makes a signed commit, stores it in a native repository, and asks native git what it thinks of it. */
async function verify(
  t: ExecutionContext,
  sign: (payload: string) => Promise<string>,
  publicKey: string,
): Promise<string> {
  const repository = await temporaryRepository(t);
  const { oid, objects } = await openRepository(mapBackend()).makeCommit({
    parents: [],
    baseTree: undefined,
    changes: new Map([["a/features.yaml", Buffer.from("namespace: a\n")]]),
    author: { name: "Vexil", email: "vexil@example.com" },
    message: "signed\n\nwith a body",
    timestampMs: Date.now(),
    instance: "one",
    sign,
  });
  await nativeGit(["-C", repository.path, "index-pack", "--strict", "--stdin"], { input: await writePack(objects) });
  await repository.git("update-ref", "refs/heads/main", oid);
  await repository.git("fsck", "--strict");
  const allowed = join(await temporaryDirectory(t), "allowed");
  await writeFile(allowed, `vexil@example.com ${publicKey}`);
  const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${allowed}`];
  return nativeGit([...config, "-C", repository.path, "log", "-1", "--format=%G? %GS", oid]);
}

for (const [kind, args] of Object.entries(KINDS)) {
  test(`native git calls a commit signed with ${kind} good`, async (t) => {
    const key = await makeKey(t, args);
    t.is(await verify(t, createSshSigner(key.text), key.publicKey), "G vexil@example.com");
  });
}

test("a commit signed with another key is not good", async (t) => {
  const [key, other] = [await makeKey(t, KINDS.ed25519), await makeKey(t, KINDS.ed25519)];
  t.notRegex(await verify(t, createSshSigner(key.text), other.publicKey), /^G/);
});

test("keys are read with a passphrase, from OpenSSH's container, PEM and PKCS#8", async (t) => {
  const encrypted = await makeKey(t, KINDS.ed25519, "opens it");
  t.is(await verify(t, createSshSigner(encrypted.text, "opens it"), encrypted.publicKey), "G vexil@example.com");
  for (const cipher of ["aes128-cbc", "aes256-gcm@openssh.com"]) {
    const other = await makeKey(t, [...KINDS["ecdsa 256"], "-Z", cipher], "opens it");
    t.is(readPrivateKey(other.text, "opens it").asymmetricKeyType, "ec");
  }
  const rsa = await makeKey(t, KINDS.rsa);
  const key = readPrivateKey(rsa.text);
  for (const type of ["pkcs1", "pkcs8"] as const) {
    const pem = key.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "p" }) as string;
    t.true(createPrivateKey({ key: pem, passphrase: "p" }).equals(readPrivateKey(pem, "p")));
  }
});

test("a key that cannot be used says why and shows nothing of itself", async (t) => {
  const encrypted = await makeKey(t, KINDS.ed25519, "opens it");
  const reasons: readonly (readonly [string, string, RegExp])[] = [
    [encrypted.text, "", /no passphrase/],
    [encrypted.text, "wrong one", /passphrase is wrong/],
    ["nonsense", "", /cannot be used/],
    [encrypted.text.replace(/\n[A-Za-z0-9+/]{20}/, "\n"), "opens it", /cannot be used/],
  ];
  for (const [text, passphrase, expected] of reasons) {
    const error = t.throws(() => createSshSigner(text, passphrase), { message: expected });
    t.true(VexilError.is(error) && error.code === "VEXIL_AUTH_KEY");
    t.false(error?.message.includes("opens it"));
  }
});
