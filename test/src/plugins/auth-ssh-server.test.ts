import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rename, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh from "@vexil/auth-ssh";
import type { Remote } from "@vexil/git/remote/remote";
import { Secret, type StreamAuthenticator } from "@vexil/plugin-api";
import type { ErrorCode, VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { parsePrivateKey } from "../../../plugins/auth-ssh/dist/private-key.js";
import { withSha2Only } from "../../../plugins/auth-ssh/dist/sha2-signatures.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { fetchFrom, never, openTestRemote, TIMEOUTS } from "../helpers/git-servers/remote-client.js";
import { type KeyContainer, makeSshKey, type SshKey, type SshKeyType } from "../helpers/git-servers/ssh-keys.js";
import type { SshServerOptions } from "../helpers/git-servers/ssh-server.js";
import { HAS_SSHD, type SshServer, startSshd } from "../helpers/git-servers/sshd.js";
import { createAuthenticator, type LogLine, recordingLogger } from "../helpers/plugins/authenticator.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MAIN = "refs/heads/main";
const run = promisify(execFile);

interface Started {
  readonly server: SshServer;
  readonly key: SshKey;
  /** Path of the known_hosts file. */
  readonly knownHosts: string;
  readonly repository: { readonly path: string; head(): Promise<string> };
  readonly lines: readonly LogLine[];
  authenticator(settings?: Record<string, unknown>): Promise<StreamAuthenticator>;
  remote(authenticator: StreamAuthenticator, url?: string, timeouts?: Partial<typeof TIMEOUTS>): Remote;
}

interface StartOptions extends Partial<SshServerOptions> {
  readonly key?: SshKey;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

async function start(t: ExecutionContext, options: StartOptions = {}): Promise<Started> {
  const key = options.key ?? (await makeSshKey(t));
  const server = await startSshd(t, { authorized: [key.publicLine], ...options });
  const knownHosts = join(await temporaryDirectory(t), "known_hosts");
  await writeFile(knownHosts, server.knownHosts());
  const made = await temporaryRepository(t, { files: options.files ?? EXAMPLE_FILES });
  const repository = { path: made.path, head: async () => (await made.head()) ?? "none" };
  const { logger, lines } = recordingLogger();
  return {
    server,
    key,
    knownHosts,
    repository,
    lines,
    authenticator: async (settings = {}) => {
      const defaults = { user: server.user, private_key_path: key.path, known_hosts_path: knownHosts };
      const made = await createAuthenticator(ssh, { ...defaults, ...settings }, logger);
      t.teardown(() => made.close());
      return made as StreamAuthenticator;
    },
    remote: (authenticator, url = server.url(repository.path), timeouts = {}) =>
      openTestRemote(t, url, { authenticator, credential: "git", timeouts: { ...TIMEOUTS, ...timeouts } }),
  };
}

/** The commit of the remote's branch; `none` where there is no such branch. */
async function headOf(remote: Remote): Promise<string> {
  return (await remote.listRefs([MAIN], never)).refs.get(MAIN) ?? "none";
}

async function fails(t: ExecutionContext, remote: Remote, code: ErrorCode): Promise<VexilError> {
  const error = (await t.throwsAsync(headOf(remote))) as VexilError;
  t.is(error.code, code, error.message);
  return error;
}

// --- keys ---

const keys: readonly [SshKeyType, KeyContainer][] = [
  ["ed25519", "openssh"],
  ["ed25519", "pkcs8"],
  ["ecdsa", "openssh"],
  ["ecdsa", "pem"],
  ["ecdsa", "pkcs8"],
  ["rsa", "openssh"],
  ["rsa", "pem"],
  ["rsa", "pkcs8"],
];

test("fetches with every type of key in every container, by path and by bytes, with and without passphrase", async (t) => {
  const made = await Promise.all(
    keys.map(async ([type, container], index) => {
      const passphrase = index % 2 === 0 ? "let me in" : "";
      return { type, container, passphrase, key: await makeSshKey(t, { type, container, passphrase }) };
    }),
  );
  const { authenticator, remote, repository } = await start(t, {
    authorized: made.map(({ key }) => key.publicLine),
    config: ["PubkeyAcceptedAlgorithms ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256"],
  });
  const head = await repository.head();
  for (const [index, { type, container, passphrase, key }] of made.entries()) {
    const material =
      index % 3 === 0 ? { private_key_path: undefined, private_key_bytes: key.text } : { private_key_path: key.path };
    const opened = remote(await authenticator({ ...material, password: passphrase }));
    t.is(await headOf(opened), head, `${type} ${container}`);
    t.is((await fetchFrom(opened, { wants: [head] })).shallow[0], head);
  }
});

test.serial("fetches by the keys of an ssh agent when no key is given", async (t) => {
  const socket = join(await temporaryDirectory(t), "agent");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  t.teardown(() => agent.kill());
  await once(agent.stdout, "data");
  const [other, rsa] = [await makeSshKey(t), await makeSshKey(t, { type: "rsa" })];
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  await run("ssh-add", ["-q", other.path], { env });
  const { server, authenticator, remote, repository } = await start(t, { key: rsa });
  const before = process.env.SSH_AUTH_SOCK;
  process.env.SSH_AUTH_SOCK = socket;
  const made = await authenticator({ private_key_path: undefined });
  if (before === undefined) delete process.env.SSH_AUTH_SOCK;
  else process.env.SSH_AUTH_SOCK = before;
  const opened = remote(made);
  t.regex((await fails(t, opened, "VEXIL_AUTH_REJECTED")).message, /keys of the ssh agent/);
  await run("ssh-add", ["-q", rsa.path], { env });
  t.is(await headOf(opened), await repository.head());
  agent.kill();
  await once(agent, "exit");
  t.is(await headOf(opened), await repository.head(), "the kept connection needs no agent");
  server.proxy.cut();
  t.regex((await fails(t, remote(made), "VEXIL_AUTH_KEY")).message, /the ssh agent at SSH_AUTH_SOCK.* failed/);
  await fails(
    t,
    remote(made, (opened as { displayUrl: string }).displayUrl.replace("127.0.0.1", "localhost")),
    "VEXIL_AUTH_HOST_KEY_UNKNOWN",
  );
});

test("a key that the server does not know is an error of authentication, without a secret in it", async (t) => {
  const { server, authenticator, remote, lines } = await start(t);
  const stranger = await makeSshKey(t, { passphrase: "a passphrase" });
  const opened = remote(await authenticator({ private_key_path: stranger.path, password: "a passphrase" }));
  const error = await fails(t, opened, "VEXIL_AUTH_REJECTED");
  t.is(error.details.step, "auth");
  t.true(error.message.includes(server.user) && error.message.includes("credential git"), error.message);
  const said = JSON.stringify([error, error.message, error.stack, String(error.cause), lines]);
  t.false(said.includes("a passphrase"));
  t.false(said.includes(stranger.text.split("\n")[1] ?? ""));
  await fails(t, opened, "VEXIL_AUTH_REJECTED");
  t.is(server.proxy.accepted(), 2, "one attempt for each poll");
});

test("a wrong passphrase stops the start", async (t) => {
  const key = await makeSshKey(t, { passphrase: "right" });
  const { authenticator } = await start(t, { key });
  const error = (await t.throwsAsync(authenticator({ password: "wrong" }))) as VexilError;
  t.is(error.code, "VEXIL_AUTH_KEY");
});

test("SHA-1 signatures are never made, and a server that wants them says no", async (t) => {
  const key = await makeSshKey(t, { type: "rsa" });
  const { authenticator, remote } = await start(t, { key, config: ["PubkeyAcceptedAlgorithms ssh-rsa"] });
  if (HAS_SSHD) await fails(t, remote(await authenticator()), "VEXIL_AUTH_REJECTED");
  let refused = 0;
  const wrapped = withSha2Only(await parsePrivateKey(key.text, "", { credential: "git", path: undefined }), () => {
    refused += 1;
  });
  const data = Buffer.from("data");
  t.true(wrapped.verify(data, wrapped.sign(data, "sha256"), "sha256"));
  for (const algorithm of ["sha1", undefined]) t.true((wrapped.sign(data, algorithm) as unknown) instanceof Error);
  t.is(refused, 2);
});

// --- host keys ---

test("each type of host key is checked, and the one on file is asked for", async (t) => {
  const hostKeys = await Promise.all((["ed25519", "ecdsa", "rsa"] as const).map((type) => makeSshKey(t, { type })));
  const { server, knownHosts, authenticator, remote, repository, lines } = await start(t, { hostKeys });
  for (const key of hostKeys) {
    await writeFile(knownHosts, server.knownHosts([key]));
    t.is(await headOf(remote(await authenticator())), await repository.head());
    const type = key.publicLine.split(" ")[0] ?? "";
    t.true(String(lines.at(-1)?.host_key).startsWith(type), `${type}: ${lines.at(-1)?.host_key}`);
  }
});

test("unknown, changed, revoked and certified host keys are refused, each in its own way, until the file has them", async (t) => {
  const { server, knownHosts, authenticator, remote, repository } = await start(t);
  const other = await makeSshKey(t);
  const [line, wrong] = [server.knownHosts(), server.knownHosts([other])];
  const opened = remote(await authenticator());
  const cases: readonly [string, ErrorCode, readonly string[]][] = [
    ["", "VEXIL_AUTH_HOST_KEY_UNKNOWN", [knownHosts, line.trim()]],
    [`# mine\n${wrong}`, "VEXIL_AUTH_HOST_KEY_CHANGED", [`${knownHosts}:2`, line.trim()]],
    [`${line}@revoked * ${server.hostKeys[0]?.publicLine}\n`, "VEXIL_AUTH_HOST_KEY_REVOKED", [`${knownHosts}:2`]],
    [`@cert-authority * ${other.publicLine}\n`, "VEXIL_AUTH_HOST_KEY_CERTIFICATE", ["not supported"]],
  ];
  const { stdout } = await run("ssh-keygen", ["-lf", `${server.hostKeys[0]?.path}.pub`]);
  const fingerprint = stdout.split(" ")[1] ?? "none";
  for (const [text, code, parts] of cases) {
    await writeFile(knownHosts, text);
    const error = await fails(t, opened, code);
    t.is(error.details.step, "host-key");
    for (const part of [...parts, fingerprint]) t.true(error.message.includes(part), `${error.message} lacks ${part}`);
  }
  t.is(server.sessions().started, 0);
  await writeFile(knownHosts, line);
  t.is(await headOf(opened), await repository.head(), "no restart was needed");
});

test("a host key that changes between two polls is refused", async (t) => {
  const { server, knownHosts, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  t.is(await headOf(remote(made)), await repository.head());
  await server.restart({ hostKeys: [await makeSshKey(t)] });
  await fails(t, remote(made), "VEXIL_AUTH_HOST_KEY_CHANGED");
  await writeFile(knownHosts, server.knownHosts());
  t.is(await headOf(remote(made)), await repository.head());
});

test("a host key that is revoked while its connection is kept ends that connection", async (t) => {
  const { server, knownHosts, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  t.is(await headOf(remote(made)), await repository.head());
  await writeFile(knownHosts, `@revoked * ${server.hostKeys[0]?.publicLine}\n`);
  await fails(t, remote(made), "VEXIL_AUTH_HOST_KEY_REVOKED");
});

test("with insecure_ignore_host_key any host key goes, with a warning at each connection", async (t) => {
  const { server, authenticator, remote, repository, lines } = await start(t);
  const insecure = { known_hosts_path: undefined, insecure_ignore_host_key: true };
  const made = await authenticator(insecure);
  t.is(await headOf(remote(made)), await repository.head());
  t.is(await headOf(remote(made)), await repository.head());
  await server.restart({ hostKeys: [await makeSshKey(t)] });
  t.is(await headOf(remote(made)), await repository.head());
  const warnings = lines.filter((line) => line.level === "warn");
  t.deepEqual(
    warnings.map((line) => line.event),
    ["ssh.unverified", "ssh.unverified"],
  );
});

// --- one connection ---

test("polls share one connection; closing ends it", async (t) => {
  const { server, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  const opened = remote(made);
  for (let poll = 0; poll < 3; poll++) t.is(await headOf(opened), await repository.head());
  t.is(server.proxy.accepted(), 1);
  await made.close();
  await made.close();
  t.is(server.proxy.open(), 0);
  await fails(t, remote(made), "VEXIL_INTERNAL_CANCELLED");
});

test("eleven storages on one host share one connection and four channels", async (t) => {
  const { server, authenticator, remote, repository } = await start(t, { maxSessions: 10 });
  const made = await authenticator();
  const head = await repository.head();
  const remotes = Array.from({ length: 11 }, () => remote(made));
  for (let poll = 0; poll < 2; poll++) {
    const heads = await Promise.all(remotes.map(async (opened) => headOf(opened)));
    t.deepEqual(heads, Array(11).fill(head));
  }
  await Promise.all(remotes.map((opened) => fetchFrom(opened, { wants: [head] })));
  t.is(server.proxy.accepted(), 1);
  t.true(server.sessions().most <= 4, `${server.sessions().most} channels at once`);
});

test("waiting for one of the four channels is not what the deadline for connecting is for", async (t) => {
  const { server, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  const held = await Promise.all(
    Array.from({ length: 4 }, () => made.open(server.url(repository.path), "git-upload-pack", {}, never)),
  );
  const patient = headOf(remote(made, undefined, { connectMs: 2500 }));
  const hasty = t.throwsAsync(headOf(remote(made, undefined, { connectMs: 2500, totalMs: 3000 })));
  t.regex((await hasty)?.message ?? "", /it was not done within 3000 ms/);
  for (const channel of held) channel.close();
  t.is(await patient, await repository.head());
});

test("a server that allows one session is given one at a time", async (t) => {
  const { server, authenticator, remote, repository } = await start(t, { maxSessions: 1 });
  const made = await authenticator();
  const head = await repository.head();
  const heads = await Promise.all(Array.from({ length: 5 }, () => headOf(remote(made))));
  t.deepEqual(heads, Array(5).fill(head));
  t.is(server.sessions().most, 1);
  t.is(server.proxy.accepted(), 1);
});

test("a server that was restarted is found again at the next poll", async (t) => {
  const { server, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  t.is(await headOf(remote(made)), await repository.head());
  await server.stop();
  const error = await fails(t, remote(made), "VEXIL_CONNECTION_RESET");
  t.true(error.retryable);
  await server.restart();
  t.is(await headOf(remote(made)), await repository.head());
  t.is(await headOf(remote(made)), await repository.head());
  t.is(server.proxy.accepted(), 3);
});

test("a connection that is cut inside a pack is an error of the connection, and the next fetch works", async (t) => {
  const files = {
    "big.bin": Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * 7919) % 251)),
    ...EXAMPLE_FILES,
  };
  const { server, authenticator, remote, repository } = await start(t, { files });
  const opened = remote(await authenticator());
  const head = await headOf(opened);
  server.proxy.cutAfter(3000);
  const error = (await t.throwsAsync(fetchFrom(opened, { wants: [head] }))) as VexilError;
  t.is(error.kind, "connection", error.message);
  t.is((await fetchFrom(opened, { wants: [head] })).shallow[0], head);
  t.is(await repository.head(), head);
});

test("a peer that freezes costs its deadline once; the next poll has a new connection", async (t) => {
  const { server, authenticator, remote, repository } = await start(t);
  const made = await authenticator();
  t.is(await headOf(remote(made)), await repository.head());
  server.proxy.freeze();
  const quick = remote(made, undefined, { connectMs: 300, firstByteMs: 300 });
  await fails(t, quick, "VEXIL_CONNECTION_TIMEOUT");
  server.proxy.thaw();
  server.proxy.cut();
  t.is(await headOf(remote(made)), await repository.head());
});

test("a server that never says what it is runs into the deadline", async (t) => {
  const { authenticator, remote } = await start(t);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.teardown(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const opened = remote(await authenticator(), `ssh://127.0.0.1:${port}/x`, { connectMs: 200 });
  await fails(t, opened, "VEXIL_CONNECTION_TIMEOUT");
});

test("a server of another protocol, and none at all, are told apart", async (t) => {
  const { server, authenticator, remote } = await start(t);
  const web = createServer((socket) => socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const { port } = web.address() as AddressInfo;
  const made = await authenticator();
  const error = (await t.throwsAsync(headOf(remote(made, `ssh://127.0.0.1:${port}/x`)))) as VexilError;
  t.true(["VEXIL_CONNECTION_RESET", "VEXIL_REMOTE_PROTOCOL"].includes(error.code), error.code);
  await new Promise((resolve) => web.close(resolve));
  await fails(t, remote(made, `ssh://127.0.0.1:${port}/x`), "VEXIL_CONNECTION_REFUSED");
  await fails(t, remote(made, "ssh://vexil.invalid/x"), "VEXIL_CONNECTION_DNS");
  const missing = await t.throwsAsync(headOf(remote(made, server.url("/nowhere.git"))));
  t.regex(missing?.message ?? "", /nowhere\.git/);
});

// --- git ---

test("repository paths with quotes, spaces and leading dashes are safe; a push arrives", async (t) => {
  const { server, authenticator, remote, repository } = await start(t);
  const path = join(await temporaryDirectory(t), `-it's "a" $(touch x) !b.git`);
  await rename(repository.path, path);
  const opened = remote(await authenticator(), server.url(path));
  const head = await headOf(opened);
  t.is(head, await nativeGit(["-C", path, "rev-parse", "main"]));
  const update = { ref: "refs/heads/copy", old: undefined, new: head };
  t.deepEqual([...(await opened.push({ updates: [update], objects: [] }, never)).refs.values()], [{ ok: true }]);
  t.is(await nativeGit(["-C", path, "rev-parse", "copy"]), head);
});

test("a server that refuses GIT_PROTOCOL is spoken to in version 0", async (t) => {
  const { authenticator, remote, repository } = await start(t, { acceptEnv: false });
  const opened = remote(await authenticator());
  const head = await headOf(opened);
  t.is(head, await repository.head());
  t.is((await fetchFrom(opened, { wants: [head] })).shallow[0], head);
});

// --- rotation ---

test("a key, its passphrase and a key from a secret are rotated without a restart", async (t) => {
  const [one, two, three] = [await makeSshKey(t), await makeSshKey(t, { passphrase: "new" }), await makeSshKey(t)];
  const path = join(await temporaryDirectory(t), "id");
  await writeFile(path, one.text);
  let passphrase = "";
  let bytes = one.text;
  const { server, authenticator, remote, repository } = await start(t, { key: one });
  const password = new Secret("", () => Promise.resolve(passphrase));
  const byPath = await authenticator({ private_key_path: path, password });
  const secret = new Secret(bytes, async () => bytes);
  const byBytes = await authenticator({ private_key_path: undefined, private_key_bytes: secret });
  const head = await repository.head();
  const heads = (): Promise<string[]> => Promise.all([headOf(remote(byPath)), headOf(remote(byBytes))]);
  t.deepEqual(await heads(), [head, head]);

  await server.restart({ authorized: [two.publicLine, three.publicLine] });
  await fails(t, remote(byPath), "VEXIL_AUTH_REJECTED");
  await writeFile(path, two.text);
  t.regex((await fails(t, remote(byPath), "VEXIL_AUTH_KEY")).message, /is encrypted/);
  passphrase = "new";
  bytes = three.text;
  t.deepEqual(await heads(), [head, head]);

  const before = server.proxy.accepted();
  await writeFile(path, three.text);
  t.is(await headOf(remote(byPath)), head);
  t.is(server.proxy.accepted(), before + 1, "a new key makes a new connection");
});
