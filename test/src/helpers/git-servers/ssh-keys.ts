import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

const run = promisify(execFile);

export type SshKeyType = "ed25519" | "ecdsa" | "rsa";
/** `openssh`: OpenSSH's own; `pem`: PKCS#1 or SEC1; `pkcs8`. */
export type KeyContainer = "openssh" | "pem" | "pkcs8";

export interface SshKey {
  readonly path: string;
  /** The private key's text. */
  readonly text: string;
  /** `type base64`, as in authorized_keys and known_hosts. */
  readonly publicLine: string;
}

export interface SshKeyOptions {
  readonly type?: SshKeyType;
  readonly container?: KeyContainer;
  readonly passphrase?: string;
}

/** Makes a key with ssh-keygen (and openssl for what it does not write: ed25519 as PKCS#8). */
export async function makeSshKey(scope: Scope, options: SshKeyOptions = {}): Promise<SshKey> {
  const { type = "ed25519", container = "openssh", passphrase = "" } = options;
  const path = join(await temporaryDirectory(scope), `id_${type}`);
  const viaOpenssl = type === "ed25519" && container === "pkcs8";
  const format = container === "openssh" || viaOpenssl ? [] : ["-m", container];
  // Few rounds: what is tested is the container, not how long its passphrase can be guessed at.
  const rounds = container === "openssh" ? ["-a", "2"] : [];
  if (viaOpenssl) {
    const cipher = passphrase === "" ? [] : ["-aes-256-cbc", "-pass", `pass:${passphrase}`];
    await run("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path, ...cipher]);
    return { path, text: await readFile(path, "utf8"), publicLine: await ed25519PublicLine(path, passphrase) };
  }
  const size = type === "rsa" ? ["-b", "2048"] : [];
  await run("ssh-keygen", ["-q", "-t", type, ...size, ...format, ...rounds, "-N", passphrase, "-C", "", "-f", path]);
  const publicLine = (await readFile(`${path}.pub`, "utf8")).trim();
  return { path, text: await readFile(path, "utf8"), publicLine };
}

async function ed25519PublicLine(path: string, passphrase: string): Promise<string> {
  const { stdout } = await run(
    "openssl",
    ["pkey", "-in", path, "-pubout", "-outform", "DER", "-passin", `pass:${passphrase}`],
    { encoding: "buffer" },
  );
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from([0, 0, 0, 32]),
    stdout.subarray(-32),
  ]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
}
