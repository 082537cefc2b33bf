import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { canariesIn, canaryForms, processTexts } from "../helpers/files/canary.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { startSshd } from "../helpers/git-servers/sshd.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));

/** Known secrets, each with characters that URLs and base64 write differently. */
const CANARIES = new Map([
  ["basic.password", "c4nary-basic/pass+word=?&ä"],
  ["basic.password_file", "c4nary-file/pass+word=?&1"],
  ["access_token", "c4nary-token/+=0123456789"],
  ["access_token_file", "c4nary-token-file/+=012345"],
  ["access_token by variable", "c4nary-variable/+=01234567"],
  ["password in the URL", "c4nary-url/pass+word=?&é"],
  ["ssh.password", "c4nary-passphrase/ +=?&"],
  ["the next token", "c4nary-rotated/+=0123456789"],
  ["client token", "c4nary-client/+=0123456789"],
  ["client token of a stranger", "c4nary-stranger/+=0123456"],
]);

function secret(name: string): string {
  const value = CANARIES.get(name);
  if (value === undefined) throw new Error(`no canary ${name}`);
  return value;
}

const basicAuth = (username: string, name: string) => ({ type: "basic", username, password: secret(name) }) as const;

/** Runs a command that ends by itself; both of its outputs. */
function output(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { env }, (error, stdout, stderr) =>
      resolve(`${stdout}\n${stderr}\n${error === null ? "" : "failed"}`),
    );
  });
}

/** Six storages, one for each way to give a credential, and one daemon that serves them. */
async function world(t: ExecutionContext) {
  const directory = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const serve = async (auth: ReturnType<typeof basicAuth>, tls?: object) =>
    startGitHttpServer(t, repository.path, { auth, ...(tls && { tls }) });
  const servers = {
    password: await serve(basicAuth("ada", "basic.password")),
    file: await serve(basicAuth("ada", "basic.password_file")),
    token: await serve(basicAuth("x-token-auth", "access_token"), {}),
    tokenfile: await serve(basicAuth("x-token-auth", "access_token_file")),
    variable: await serve(basicAuth("x-token-auth", "access_token by variable")),
    url: await serve(basicAuth("ada", "password in the URL")),
  };
  const key = await makeSshKey(t, { passphrase: secret("ssh.password") });
  const sshd = await startSshd(t, { authorized: [key.publicLine] });
  const canaries = new Map([...CANARIES, ["private key", key.text.split("\n")[2] ?? ""]]);

  const secrets = join(directory, "secrets");
  await mkdir(secrets);
  const files = { password: join(directory, "password"), token: join(directory, "token") };
  await writeFile(files.password, secret("basic.password_file"));
  await writeFile(files.token, secret("access_token_file"));
  await writeFile(join(secrets, "passphrase"), secret("ssh.password"));

  const storage = (remote: string, credentials?: string, more: object = {}) => ({
    remote,
    poll_interval: "2s",
    timeouts: { connect: "20s", first_byte: "20s", idle: "20s" },
    ...(credentials && { credentials }),
    ...more,
  });
  const config = {
    storage: {
      password: storage(servers.password.url, "password"),
      file: storage(servers.file.url, "file"),
      token: storage(servers.token.url, "token", { ca_cert_bytes: servers.token.certificate?.ca }),
      tokenfile: storage(servers.tokenfile.url, "tokenfile"),
      variable: storage(servers.variable.url, "variable"),
      url: storage(servers.url.url.replace("://", `://ada:${encodeURIComponent(secret("password in the URL"))}@`)),
      ssh: storage(sshd.url(repository.path), "ssh"),
    },
    environments: Object.fromEntries(
      ["password", "file", "token", "tokenfile", "variable", "url", "ssh"].map((id) => [
        id,
        { storage: id, default: id === "ssh" },
      ]),
    ),
    credentials: {
      password: { type: "basic", basic: { username: "ada", password: secret("basic.password") } },
      file: { type: "basic", basic: { username: "ada", password_file: files.password } },
      token: { type: "access_token", access_token: secret("access_token") },
      tokenfile: { type: "access_token", access_token_file: files.token },
      variable: { type: "access_token", access_token: "$" + "{env:CANARY_TOKEN}" },
      ssh: {
        type: "ssh",
        ssh: {
          user: sshd.user,
          password: "$" + "{secret:file:passphrase}",
          private_key_bytes: key.text,
          known_hosts: sshd.knownHosts(),
        },
      },
    },
    secrets: { providers: { file: { enabled: true, base_path: secrets } } },
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: secret("client token") } } } } },
    },
    server: { workers: 2 },
  };
  const env = { CANARY_TOKEN: secret("access_token by variable") };
  return { directory, repository, servers, sshd, files, config, env, canaries };
}

test("no secret gets out of the daemon, whatever it goes through", async (t) => {
  const { directory, repository, servers, sshd, files, config, env, canaries } = await world(t);
  const daemon = await startDaemon(t, { config, env, cwd: directory });
  const seen: string[] = [];
  const client = { authorization: `Bearer ${secret("client token")}` };
  const stranger = { authorization: `Bearer ${secret("client token of a stranger")}` };
  const look = async (): Promise<void> => {
    for (const path of ["/api/status", "/metrics", "/health", "/openapi.json", "/api/v2/environments", "/nowhere"]) {
      for (const headers of [client, stranger, {}]) {
        seen.push(JSON.stringify(await daemon.get(path, headers)));
      }
    }
  };
  /** Polls a storage now; whether that went well. */
  const sync = async (storage: string): Promise<boolean> => {
    const answer = await daemon.post(`/api/storages/${storage}/sync?wait=true`, {}, client);
    seen.push(JSON.stringify(answer));
    return answer.status === 200 && answer.body.state === "ready";
  };
  const states = async (): Promise<readonly string[]> =>
    (await daemon.get("/api/status", client)).body.storages.map((one: { state: string }) => one.state);

  t.deepEqual(await states(), Array(7).fill("ready"));
  await look();

  // All are refused, each in its own way; one is cut off.
  for (const server of Object.values(servers)) server.setAuth(basicAuth("ada", "the next token"));
  await sshd.restart({ authorized: [(await makeSshKey(t)).publicLine] });
  for (const id of Object.keys(config.storage)) t.false(await sync(id), id);
  await eventually(states, (all) => all.every((state) => state !== "ready"));
  await look();
  await writeFile(files.password, "");
  t.false(await sync("file"));
  await writeFile(files.password, secret("the next token"));
  servers.tokenfile.setAuth(basicAuth("x-token-auth", "the next token"));
  await writeFile(files.token, secret("the next token"));
  t.deepEqual([await sync("file"), await sync("tokenfile")], [true, true]);
  await sshd.stop();
  t.false(await sync("ssh"));
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.reloaded" || event === "config.rejected");
  await repository.commit({ "default/features.yaml": "namespace: [not, a, name]\n" });
  await look();

  // What others on the machine can see of its processes. Its own environment is what the test gave it.
  const texts = await processTexts(daemon.child.pid ?? 0);
  t.true(texts.size >= 3, `${texts.size} processes: it has two workers`);
  for (const [pid, { cmdline, environ }] of texts) {
    seen.push(cmdline);
    if (pid !== daemon.child.pid) seen.push(environ);
  }

  // Its other commands.
  const file = join(directory, "vexil.json");
  for (const args of [
    ["config", "--config", file],
    ["config", "--config", file, "--json"],
    ["validate", "--config", file],
  ]) {
    seen.push(await output(args, { ...process.env, ...env }));
  }

  t.is(await daemon.stop(), 0);
  seen.push(...daemon.lines.map((line) => JSON.stringify(line)), daemon.stderr());
  t.true(seen.length > 100, "there is something to look through");
  for (const text of seen) t.deepEqual(canariesIn(text, canaries), [], text.slice(0, 2000));
});

test("no secret gets out of a start that fails", async (t) => {
  const { directory, config, env, canaries } = await world(t);
  const faults: readonly object[] = [
    {
      ...config,
      credentials: {
        ...config.credentials,
        ssh: { type: "ssh", ssh: { ...config.credentials.ssh.ssh, password: "c4nary-wrong/passphrase" } },
      },
    },
    {
      ...config,
      credentials: { ...config.credentials, token: { type: "access_token", access_token: secret("the next token") } },
    },
    {
      ...config,
      credentials: {
        ...config.credentials,
        token: { ...config.credentials.token, access_tokn: secret("the next token") },
      },
    },
    {
      ...config,
      storage: {
        ...config.storage,
        url: { remote: `http://ada:${encodeURIComponent(secret("password in the URL"))}@127.0.0.1:x/y` },
      },
    },
  ];
  const all = new Map([...canaries, ["a wrong passphrase", "c4nary-wrong/passphrase"]]);
  for (const [index, fault] of faults.entries()) {
    const daemon = await startDaemon(t, { config: fault as typeof config, env, cwd: directory, start: "any" });
    t.is(await daemon.exited, 1, `fault ${index}: ${JSON.stringify(daemon.lines.at(-1))}`);
    const texts = [...daemon.lines.map((line) => JSON.stringify(line)), daemon.stderr()];
    t.true(texts.join("").length > 10);
    for (const text of texts) t.deepEqual(canariesIn(text, all), [], text);
  }
});

test("a canary is found in every form", (t) => {
  const value = secret("basic.password");
  const forms = [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString("base64"),
    Buffer.from(`ada:${value}`).toString("base64"),
    Buffer.from(`x-token-auth:${value}!`).toString("base64url"),
    Buffer.from(`a:${value}`).toString("base64"),
  ];
  for (const form of forms) t.deepEqual(canariesIn(`… ${form} …`, CANARIES), ["basic.password"], form);
  t.true(canaryForms(value).every((form) => form.length > 20));
  t.deepEqual(canariesIn("c4nary", CANARIES), []);
});
