import { execFile } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh from "@vexil/auth-ssh";
import { Secret } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { hostKeyError } from "../../../plugins/auth-ssh/dist/host-key-error.js";
import {
  type HostKeyVerdict,
  hostKeyAlgorithms,
  judgeHostKey,
} from "../../../plugins/auth-ssh/dist/host-key-policy.js";
import { IdentitySource } from "../../../plugins/auth-ssh/dist/identity-source.js";
import { parseKnownHosts } from "../../../plugins/auth-ssh/dist/known-hosts.js";
import { KnownHostsSource } from "../../../plugins/auth-ssh/dist/known-hosts-source.js";
import { parsePrivateKey } from "../../../plugins/auth-ssh/dist/private-key.js";
import { Slots } from "../../../plugins/auth-ssh/dist/slots.js";
import { parseSshRemote, serviceCommand } from "../../../plugins/auth-ssh/dist/ssh-url.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type KeyContainer, makeSshKey, type SshKeyType } from "../helpers/git-servers/ssh-keys.js";
import { createAuthenticator, recordingLogger, settingsIssues } from "../helpers/plugins/authenticator.js";

const run = promisify(execFile);

// --- where a remote is ---

const remotes: readonly [string, string | undefined, string][] = [
  ["git@host:a/b.git", undefined, "git@host:22 a/b.git"],
  ["host:a/b.git", undefined, "git@host:22 a/b.git"],
  ["HOST:/srv/a", "ada", "ada@host:22 /srv/a"],
  ["ada@host:~/b", undefined, "ada@host:22 ~/b"],
  ["host:with space's", undefined, "git@host:22 with space's"],
  ["git@[::1]:a", undefined, "git@::1:22 a"],
  ["ssh://git@host/a/b.git", undefined, "git@host:22 /a/b.git"],
  ["ssh://host:2222/a%20b%2", "ada", "ada@host:2222 /a b%2"],
  ["ssh://Host/~/b", undefined, "git@host:22 ~/b"],
  ["ssh://host/~ada/b", undefined, "git@host:22 ~ada/b"],
  ["ssh://ada%40corp@host/b", undefined, "ada@corp@host:22 /b"],
  ["ssh://git@[fe80::1]:29418/b", undefined, "git@fe80::1:29418 /b"],
  ["git+ssh://host/b", undefined, "git@host:22 /b"],
  ["https://host:8443/a/b.git", "ada", "ada@host:22 a/b.git"],
  ["host/a/b", undefined, "git@host:22 a/b"],
  ["git@host/a/b", "git", "git@host:22 a/b"],
];

for (const [remote, user, expected] of remotes) {
  test(`${remote} as ${user ?? "nobody in particular"} is ${expected}`, (t) => {
    const target = parseSshRemote(remote, user);
    t.is(`${target.user}@${target.host}:${target.port} ${target.path}`, expected);
  });
}

const wrongRemotes: readonly [string, string | undefined, RegExp][] = [
  ["ssh://ada@host/b", "git", /^conflicting SSH users: URL contains "ada" but credentials specify "git"$/],
  ["ada@host:b", "git", /^conflicting SSH users/],
  ["/srv/b", undefined, /no ssh address/],
  ["./b", undefined, /no ssh address/],
  ["file:///srv/b", undefined, /no ssh address/],
  ["ssh://host", undefined, /no ssh address/],
  ["ssh://host/", undefined, /no ssh address/],
  ["host:", undefined, /no ssh address/],
  ["-oProxyCommand=x:b", undefined, /no ssh address/],
  ["ssh://-oProxyCommand=x/b", undefined, /no ssh address/],
  ["host:a\nb", undefined, /line break/],
  ["ssh://host/a%00b", undefined, /zero byte/],
];

for (const [remote, user, message] of wrongRemotes) {
  test(`${JSON.stringify(remote)} is refused`, (t) => {
    const error = t.throws(() => parseSshRemote(remote, user)) as VexilError;
    t.is(error.code, "VEXIL_VALIDATION_CONFIG");
    t.regex(error.message, message);
  });
}

test("any path reaches the service as one argument that is no option", async (t) => {
  for (const path of ["/a b", "it's", "a!b'c", "$(id)", "`id`", 'a"b', "a\\b", "--upload-pack=id", "-x", "ä*?[a]"]) {
    const command = serviceCommand("printf '<%s>'", path);
    const { stdout } = await run("/bin/sh", ["-c", command]);
    t.is(stdout, `<${path.startsWith("-") ? `./${path}` : path}>`);
  }
});

// --- known_hosts ---

/** A made-up key of a type: what matters to known_hosts is its name and bytes. */
function hostKey(type: string, seed: string): { readonly blob: Buffer; readonly line: string } {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  const blob = Buffer.concat([length, name, createHash("sha256").update(seed).digest()]);
  return { blob, line: `${type} ${blob.toString("base64")}` };
}

const A = hostKey("ssh-ed25519", "a");
const B = hostKey("ssh-ed25519", "b");
const R = hostKey("ssh-rsa", "r");

function hashed(name: string): string {
  const salt = createHash("sha1").update(name).digest();
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}

/** Known hosts file, host and key met, and the verdict. */
const verdicts: readonly [string, string, string, { readonly blob: Buffer }, HostKeyVerdict["type"]][] = [
  ["a plain name", `host ${A.line}`, "host:22", A, "known"],
  ["a plain name in capitals", `HOST ${A.line}`, "host:22", A, "known"],
  ["a comment after the key", `host ${A.line} ada@laptop`, "host:22", A, "known"],
  ["tabs and carriage returns", `\thost\t${A.line.replace(" ", "\t")}\r`, "host:22", A, "known"],
  ["a list of names", `other,host,10.0.0.1 ${A.line}`, "10.0.0.1:22", A, "known"],
  ["another host's line", `other ${A.line}`, "host:22", A, "unknown"],
  ["a longer name", `myhost ${A.line}`, "host:22", A, "unknown"],
  ["a commented line", `# host ${A.line}`, "host:22", A, "unknown"],
  ["an unfinished line", "host ssh-ed25519", "host:22", A, "unknown"],
  ["a type that is not the key's", `host ssh-rsa ${A.line.split(" ")[1]}`, "host:22", A, "unknown"],
  ["an unknown marker", `@new host ${A.line}`, "host:22", A, "unknown"],
  ["a key of version 1", "host 1024 35 1234567890", "host:22", A, "unknown"],
  ["another key", `host ${B.line}`, "host:22", A, "changed"],
  ["a key of another type", `host ${R.line}`, "host:22", A, "changed"],
  ["several keys, one of them right", `host ${B.line}\nhost ${R.line}\nhost ${A.line}`, "host:22", A, "known"],
  ["a port", `[host]:2222 ${A.line}`, "host:2222", A, "known"],
  ["another port", `[host]:2223 ${A.line}`, "host:2222", A, "unknown"],
  ["a port for a host on the usual one", `[host]:2222 ${A.line}`, "host:22", A, "unknown"],
  ["the bare host for one on a port", `host ${A.line}`, "host:2222", A, "known"],
  [
    "the bare host's other key, beside a line with port",
    `[host]:2222 ${B.line}\nhost ${A.line}`,
    "host:2222",
    A,
    "changed",
  ],
  ["wildcards", `*.example.com ${A.line}`, "git.example.com:22", A, "known"],
  ["wildcards that do not fit", `*.example.com ${A.line}`, "example.com:22", A, "unknown"],
  ["a wildcard for one character", `h?st ${A.line}`, "host:22", A, "known"],
  ["a wildcard for one character too many", `host? ${A.line}`, "host:22", A, "unknown"],
  ["wildcards and a port", `[*.example.com]:2222 ${A.line}`, "git.example.com:2222", A, "known"],
  ["several stars", `*a*b*c* ${A.line}`, "xaybzc:22", A, "known"],
  ["negation after the match", `*.example.com,!git.example.com ${A.line}`, "git.example.com:22", A, "unknown"],
  ["negation before the match", `!git.example.com,*.example.com ${A.line}`, "git.example.com:22", A, "unknown"],
  ["negation of another", `!bad.example.com,*.example.com ${A.line}`, "git.example.com:22", A, "known"],
  ["negation alone", `!bad.example.com ${A.line}`, "git.example.com:22", A, "unknown"],
  ["a hashed name", `${hashed("host")} ${A.line}`, "host:22", A, "known"],
  ["a hashed name with port", `${hashed("[host]:2222")} ${A.line}`, "host:2222", A, "known"],
  ["a hashed name of another", `${hashed("other")} ${A.line}`, "host:22", A, "unknown"],
  ["a hashed name, other key", `${hashed("host")} ${B.line}`, "host:22", A, "changed"],
  ["a hash of an unknown kind", `|2|c2FsdA==|aGFzaA== ${A.line}`, "host:22", A, "unknown"],
  ["a revoked key", `@revoked * ${A.line}`, "host:22", A, "revoked"],
  ["a revoked key that is also on file", `host ${A.line}\n@revoked host ${A.line}`, "host:22", A, "revoked"],
  ["a key revoked for the bare host", `[host]:2222 ${A.line}\n@revoked host ${A.line}`, "host:2222", A, "revoked"],
  ["another host's revocation", `host ${A.line}\n@revoked other ${A.line}`, "host:22", A, "known"],
  ["the revocation of another key", `host ${A.line}\n@revoked * ${B.line}`, "host:22", A, "known"],
  ["a certificate authority", `@cert-authority *.example.com ${B.line}`, "git.example.com:22", A, "certificate"],
  ["a certificate authority and the key", `@cert-authority * ${B.line}\nhost ${A.line}`, "host:22", A, "known"],
  ["a certificate authority and another key", `@cert-authority * ${B.line}\nhost ${B.line}`, "host:22", A, "changed"],
  ["another host's certificate authority", `@cert-authority other ${B.line}`, "host:22", A, "unknown"],
  ["nothing", "", "host:22", A, "unknown"],
];

for (const [name, text, where, key, expected] of verdicts) {
  test(`known_hosts with ${name}: ${expected}`, (t) => {
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(where) ?? [];
    t.is(judgeHostKey(parseKnownHosts(text, "file"), host, Number(port), key.blob).type, expected);
  });
}

test("what ssh-keygen -H makes of a file is read as the file was", async (t) => {
  const file = join(await temporaryDirectory(t), "known_hosts");
  const key = await makeSshKey(t);
  await writeFile(file, `host,10.0.0.1 ${key.publicLine}\n[host]:2222 ${key.publicLine}\n`);
  await run("ssh-keygen", ["-H", "-f", file]);
  const text = await readFile(file, "utf8");
  t.false(text.includes("host"));
  const blob = Buffer.from(key.publicLine.split(" ")[1] ?? "", "base64");
  const verdict = (host: string, port: number): string =>
    judgeHostKey(parseKnownHosts(text, file), host, port, blob).type;
  t.deepEqual([verdict("host", 22), verdict("10.0.0.1", 22), verdict("host", 2222)], ["known", "known", "known"]);
  t.is(verdict("other", 22), "unknown");
});

test("key types on file are offered first, and none with SHA-1", (t) => {
  const offered = (text: string): readonly string[] => hostKeyAlgorithms(parseKnownHosts(text, "file"), "host", 22);
  t.deepEqual(offered(`host ${R.line}`).slice(0, 3), ["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  t.is(offered(`other ${R.line}`)[0], "ssh-ed25519");
  t.is(offered(`@revoked host ${R.line}`)[0], "ssh-ed25519");
  t.false(offered(`host ${R.line}`).includes("ssh-rsa"));
});

test("the errors say what was seen, which line disagrees and which would accept it", (t) => {
  const errorOf = (text: string): VexilError => {
    const verdict = judgeHostKey(parseKnownHosts(text, "/etc/known"), "host", 2222, A.blob);
    if (verdict.type === "known") throw new Error("it is known");
    return hostKeyError(verdict, { host: "host", port: 2222, key: A.blob }, ["/home/known", "/etc/known"]);
  };
  const seen = `SHA256:${createHash("sha256").update(A.blob).digest("base64").replace(/=+$/, "")}`;
  const cases: readonly [string, VexilError["code"], readonly string[]][] = [
    ["", "VEXIL_AUTH_HOST_KEY_UNKNOWN", ["/home/known, /etc/known", `[host]:2222 ${A.line}`]],
    [`\n[host]:2222 ${B.line}`, "VEXIL_AUTH_HOST_KEY_CHANGED", ["/etc/known:2", `[host]:2222 ${A.line}`]],
    [`@revoked * ${A.line}`, "VEXIL_AUTH_HOST_KEY_REVOKED", ["/etc/known:1"]],
    [`@cert-authority * ${B.line}`, "VEXIL_AUTH_HOST_KEY_CERTIFICATE", ["/etc/known:1", "not supported", A.line]],
  ];
  for (const [text, code, parts] of cases) {
    const error = errorOf(text);
    t.is(error.code, code);
    t.is(error.details.fingerprint, seen);
    t.is(error.details.step, "host-key");
    for (const part of [...parts, seen]) t.true(error.message.includes(part), `${error.message} lacks ${part}`);
  }
});

test("known_hosts come from the credential, else SSH_KNOWN_HOSTS, else the usual files", async (t) => {
  const directory = await temporaryDirectory(t);
  const [one, two] = [join(directory, "one"), join(directory, "two")];
  await writeFile(one, `host ${A.line}\n`);
  const source = (settings: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): KnownHostsSource =>
    new KnownHostsSource("git", { insecure_ignore_host_key: false, ...settings } as never, env);
  const inline = source({ known_hosts: `host ${B.line}` }, { SSH_KNOWN_HOSTS: one });
  t.deepEqual(inline.places, ["credentials.git.ssh.known_hosts"]);
  t.true((await inline.lines())[0]?.key.equals(B.blob));
  t.deepEqual(
    (await source({ known_hosts_path: one }).lines()).map((line) => [line.file, line.line]),
    [[one, 1]],
  );
  t.deepEqual(source({}, { SSH_KNOWN_HOSTS: `${one}:${two}` }).places, [one, two]);
  t.is((await source({}, { SSH_KNOWN_HOSTS: `${one}:${two}` }).lines()).length, 1, "a missing one is no error there");
  t.is(source({}).places[1], "/etc/ssh/ssh_known_hosts");
  const error = (await t.throwsAsync(source({ known_hosts_path: two }).lines())) as VexilError;
  t.is(error.code, "VEXIL_AUTH_FILE");
});

test("a known_hosts file is read again when it changed", async (t) => {
  const file = join(await temporaryDirectory(t), "known_hosts");
  await writeFile(file, `host ${A.line}\n`);
  const settings = { insecure_ignore_host_key: false, known_hosts_path: file } as never;
  const source = new KnownHostsSource("git", settings, {});
  const before = await source.lines();
  t.is((await source.lines())[0], before[0], "unchanged: not parsed again");
  // of the same size and age, put in its place
  const { atime, mtime } = await stat(file);
  await writeFile(`${file}.new`, `host ${B.line}\n`);
  await utimes(`${file}.new`, atime, mtime);
  await rename(`${file}.new`, file);
  t.true((await source.lines())[0]?.key.equals(B.blob));
});

// --- keys ---

const containers: readonly [SshKeyType, KeyContainer][] = [
  ["ed25519", "openssh"],
  ["ed25519", "pkcs8"],
  ["ecdsa", "openssh"],
  ["ecdsa", "pem"],
  ["ecdsa", "pkcs8"],
  ["rsa", "openssh"],
  ["rsa", "pem"],
  ["rsa", "pkcs8"],
];
const SOURCE = { credential: "git", path: "/keys/id" };

async function keyFailure(t: ExecutionContext, text: string, passphrase: string): Promise<string> {
  const error = (await t.throwsAsync(parsePrivateKey(text, passphrase, SOURCE))) as VexilError;
  t.is(error.code, "VEXIL_AUTH_KEY");
  if (passphrase !== "") t.false(error.message.includes(passphrase));
  return error.message;
}

for (const [type, container] of containers) {
  test(`reads ${type} keys in ${container}, with and without passphrase`, async (t) => {
    const plain = await makeSshKey(t, { type, container });
    const parsed = await parsePrivateKey(plain.text.replaceAll("\n", "\r\n"), "", SOURCE);
    t.is(parsed.getPublicSSH().toString("base64"), plain.publicLine.split(" ")[1] ?? "");
    t.is((await parsePrivateKey(plain.text, "not needed", SOURCE)).type, parsed.type);
    const locked = await makeSshKey(t, { type, container, passphrase: "let me in" });
    const opened = await parsePrivateKey(locked.text, "let me in", SOURCE);
    t.is(opened.getPublicSSH().toString("base64"), locked.publicLine.split(" ")[1] ?? "");
    t.regex(
      await keyFailure(t, locked.text, "let me out"),
      /the passphrase in ssh.password does not open .*\/keys\/id/,
    );
    t.regex(await keyFailure(t, locked.text, ""), /is encrypted; give its passphrase/);
  });
}

test("other work goes on while an encrypted key is opened", async (t) => {
  const { text } = await makeSshKey(t, { passphrase: "let me in" });
  let turns = 0;
  const opening = parsePrivateKey(text, "let me in", SOURCE);
  const ticking = setInterval(() => {
    turns += 1;
  }, 1);
  await opening;
  clearInterval(ticking);
  t.true(turns > 5, `${turns} turns of the event loop`);
});

test("what is no key of a supported kind is refused", async (t) => {
  const key = await makeSshKey(t);
  const { stdout: ed448 } = await run("openssl", ["genpkey", "-algorithm", "ed448"]);
  const cut = key.text.slice(0, 200);
  for (const text of [
    "",
    "hello",
    cut,
    key.publicLine,
    ed448,
    key.text.replace(/[A-Za-z0-9]{8}\n-----END/, "\n-----END"),
  ]) {
    t.regex(await keyFailure(t, text, ""), /holds no private key of a kind that is supported/);
  }
});

test("a key file is used as it is now, and parsed when it changed", async (t) => {
  const [one, two] = [await makeSshKey(t), await makeSshKey(t)];
  const path = join(await temporaryDirectory(t), "id");
  await writeFile(path, one.text);
  const { logger, lines } = recordingLogger();
  const settings = { private_key_path: path, insecure_ignore_host_key: false } as never;
  const source = new IdentitySource("git", settings, undefined, logger);
  const first = await source.current(false);
  t.is(await source.current(false), first);
  await writeFile(path, two.text);
  const second = await source.current(false);
  t.not(second, first);
  await rm(path);
  t.is(await source.current(false), second, "the last key stays in use");
  t.is(lines.at(-1)?.event, "credential.unread");
  t.is(((await t.throwsAsync(source.current(true))) as VexilError).code, "VEXIL_AUTH_FILE");
});

test("a passphrase that comes from a file opens the key once it is right", async (t) => {
  const key = await makeSshKey(t, { passphrase: "right" });
  let passphrase = "wrong";
  const settings = {
    private_key_bytes: new Secret(key.text),
    password: new Secret(passphrase, async () => passphrase),
    insecure_ignore_host_key: false,
  } as never;
  const source = new IdentitySource("git", settings, undefined, recordingLogger().logger);
  t.regex((await t.throwsAsync(source.current(false))).message, /private_key_bytes/);
  passphrase = "right";
  t.is((await source.current(false)).type, "key");
});

test("without key and agent the start fails and says what to give", async (t) => {
  const source = new IdentitySource(
    "git",
    { insecure_ignore_host_key: false } as never,
    undefined,
    recordingLogger().logger,
  );
  const error = (await t.throwsAsync(source.current(false))) as VexilError;
  t.is(error.code, "VEXIL_AUTH_KEY");
  t.regex(error.message, /ssh.private_key_path.*SSH_AUTH_SOCK/);
});

test("a key file that is missing stops the start", async (t) => {
  await t.throwsAsync(createAuthenticator(ssh, { private_key_path: "/nowhere/id" }), {
    message: "cannot read /nowhere/id: ENOENT",
  });
});

// --- settings, slots ---

test("settings: an empty passphrase is fine, unknown keys and two keys are not", async (t) => {
  const issues = async (settings: unknown): Promise<readonly string[]> =>
    (await settingsIssues(ssh, settings)).map((issue) => issue.message);
  t.deepEqual(await issues({}), []);
  t.deepEqual(await issues({ user: "git", password: "", private_key_path: "/id", private_key_bytes: "" }), []);
  t.regex((await issues({ private_key: "/id" })).join(), /private_key/);
  t.regex((await issues({ private_key_path: "/id", private_key_bytes: "key" })).join(), /exclusively one/);
});

test("slots are given in order, and never more than the limit", async (t) => {
  const slots = new Slots(2);
  const never = new AbortController().signal;
  const first = await slots.acquire(never);
  await slots.acquire(never);
  const order: string[] = [];
  const impatient = new AbortController();
  const given = ["c", "d"].map(async (name) => {
    const release = await slots.acquire(never);
    order.push(name);
    return release;
  });
  const gone = slots.acquire(impatient.signal);
  impatient.abort(new Error("no patience"));
  await t.throwsAsync(gone, { message: "no patience" });
  first();
  first();
  const release = await given[0];
  t.deepEqual([order, slots.taken], [["c"], 2]);
  slots.lower(1);
  release?.();
  t.deepEqual([order, slots.taken], [["c"], 1]);
});
