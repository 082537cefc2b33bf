import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadConfig } from "@vexil/config/load-config";
import test, { type ExecutionContext } from "ava";
import { checkDirectory } from "../../../daemon/dist/doctor/check-directory.js";
import { examine } from "../../../daemon/dist/doctor/doctor.js";
import type { StorageReport } from "../../../daemon/dist/doctor/report.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { smallDisk } from "../helpers/files/small-disk.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { makeSshKey } from "../helpers/git-servers/ssh-keys.js";
import { startSshd } from "../helpers/git-servers/sshd.js";
import { startOtlpReceiver } from "../helpers/network/otlp-receiver.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";
import { webhookServer } from "../helpers/sinks/webhook-server.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
/** For the server that is silent; anywhere else a busy machine is no fault. */
const TIMEOUTS = { first_byte: "2s" };
const DEADLINE = { timeout: 30_000 };

type Fields = Readonly<Record<string, unknown>>;

async function configFile(t: ExecutionContext, storage: Fields, more: Fields = {}): Promise<string> {
  const file = join(await temporaryDirectory(t), "vexil.json");
  await writeFile(file, JSON.stringify({ version: "2.0", storage: { main: storage }, ...environments, ...more }));
  return file;
}

const environments = { environments: { default: { storage: "main", default: true } } };

async function report(t: ExecutionContext, storage: Fields, more: Fields = {}): Promise<StorageReport> {
  const file = await configFile(t, storage, more);
  const { storages } = await examine(await loadConfig({ file, env: {}, cwd: "/" }), { env: {} });
  return storages[0] as StorageReport;
}

/** The steps that passed, and the one that failed with its message and advice. */
function told({ ok, steps }: StorageReport): string {
  const last = steps.at(-1);
  const trail = steps.map((step) => (step.ok ? step.step : `!${step.step}`)).join(" ");
  return ok ? trail : `${trail}: ${last?.message} > ${last?.advice}`;
}

test("a healthy storage passes every step, over http, ssh, from a path and with TLS", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const plain = await startGitHttpServer(t, repository.path);
  t.is(told(await report(t, { remote: plain.url })), "dns connect http auth ref pack parse");
  const secure = await startGitHttpServer(t, repository.path, { tls: { name: "127.0.0.1" } });
  const trusted = { remote: secure.url, ca_cert_bytes: secure.certificate?.ca };
  t.is(told(await report(t, trusted)), "dns connect tls http auth ref pack parse");
  t.is(told(await report(t, { remote: repository.path })), "connect ref pack parse");
  const path = join(await temporaryDirectory(t), "store");
  t.is(told(await report(t, { remote: plain.url, backend: { type: "local", path } })).split(" ")[0], "backend");
  t.false(existsSync(path), "nothing is written");
});

test("names, ports, certificates: the step that fails, and no further one", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  t.regex(told(await report(t, { remote: "http://no-such-host.invalid/flags.git" })), /^!dns: .+> check the host name/);
  t.regex(told(await report(t, { remote: "http://127.0.0.1:1/flags.git" })), /^dns !connect: .+> nothing listens/);
  const { url } = await startGitHttpServer(t, repository.path, { tls: { name: "127.0.0.1" } });
  t.regex(told(await report(t, { remote: url })), /^dns connect !tls: .*certificate.*> .*ca_cert_path/);
});

test("what a server answers: silence, errors, a login page, damage", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  const cases = [
    [{ type: "silent" }, /^dns connect !http: .*> the server is silent/],
    [{ type: "status", status: 404 }, /^dns connect !http: .*404.*> check the path/],
    [{ type: "status", status: 503 }, /^dns connect !http: .*503/],
    [{ type: "page" }, /^dns connect !http: .*> that URL shows a web page/],
    [{ type: "status", status: 403 }, /^dns connect http !auth: .*> check the storage's credential/],
    [{ type: "truncate", after: -40, on: ["fetch"] }, /^dns connect http auth ref !pack: /],
  ] as const;
  for (const [fault, wanted] of cases) {
    await server.fail(fault);
    t.regex(told(await report(t, { remote: server.url, timeouts: TIMEOUTS })), wanted, JSON.stringify(fault));
  }
});

test("credentials: a wrong password, a key that is not let in, a key that is not there, an unknown host", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const basic = { type: "basic", username: "ada", password: "right-one" } as const;
  const server = await startGitHttpServer(t, repository.path, { auth: basic });
  const withPassword = (password: string): Promise<StorageReport> =>
    report(
      t,
      { remote: server.url, credentials: "git" },
      { credentials: { git: { type: "basic", basic: { username: "ada", password } } } },
    );
  t.is(told(await withPassword("right-one")), "dns connect http auth ref pack parse");
  const refused = told(await withPassword("wrong-one"));
  t.regex(refused, /^dns connect http !auth: .*"git".*> check the storage's credential/);
  t.false(refused.includes("wrong-one"));

  const [key, other] = await Promise.all([makeSshKey(t), makeSshKey(t)]);
  const sshd = await startSshd(t, { authorized: [key.publicLine] });
  const withKey = (settings: Fields): Promise<StorageReport> =>
    report(
      t,
      { remote: sshd.url(repository.path), credentials: "git" },
      {
        credentials: {
          git: {
            type: "ssh",
            ssh: { user: sshd.user, private_key_path: key.path, known_hosts: sshd.knownHosts(), ...settings },
          },
        },
      },
    );
  t.is(told(await withKey({})), "dns connect host-key auth ref pack parse");
  t.regex(told(await withKey({ private_key_path: other.path })), /^dns connect host-key !auth: .*git/);
  const strange = `${sshd.knownHosts([other])}`;
  t.regex(
    told(await withKey({ known_hosts: strange })),
    /^dns connect !host-key: .*SHA256:.*> ask the server's operator/,
  );
  t.regex(told(await withKey({ private_key_path: "/nowhere/key" })), /!auth: .*\/nowhere\/key/);
  const none = told(await report(t, { remote: sshd.url(repository.path) }));
  t.regex(none, /^dns connect !auth: .*credential of type ssh.* > check the storage's credentials/);
});

test("a key that commits are signed with is read and tried, before the remote is", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const [key, locked] = await Promise.all([makeSshKey(t), makeSshKey(t, { passphrase: "opens it" })]);
  const signedBy = (settings: Fields): Promise<StorageReport> =>
    report(t, {
      remote: repository.path,
      signature: { name: "Vexil", email: "vexil@example.com", enabled: true, type: "ssh", ...settings },
    });
  t.is(told(await signedBy({ key_path: key.path })), "signature connect ref pack parse");
  t.regex(told(await signedBy({ key_path: "/nowhere/key" })), /^!signature: .*\/nowhere\/key.* > check that the file/);
  t.regex(told(await signedBy({ key_path: `${key.path}.pub` })), /^!signature: .* > .*not the \.pub file/);
  t.regex(told(await signedBy({ key_path: locked.path })), /^!signature: .*encrypted/);
});

test("what the repository holds: no such branch, bad files with their lines", async (t) => {
  const bad = "namespace: {key: default}\nflags:\n- key: a\n  name: A\n  type: NO_SUCH_TYPE\n";
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, "production/bad/features.yaml": bad } });
  t.regex(
    told(await report(t, { remote: repository.path, branch: "release" })),
    /^connect !ref: .*release.*> push the branch/,
  );
  t.regex(
    told(await report(t, { remote: repository.path })),
    /^connect ref pack !parse: production\/bad\/features\.yaml:5: .*> correct the file/,
  );
  const own = { environments: { default: { storage: "main", directory: "production" } } };
  t.regex(told(await report(t, { remote: repository.path }, own)), /!parse: production\/bad\/features\.yaml:5: /);
  // Where users edit files, what lies there counts, committed or not.
  const clone = await repository.clone();
  const local = { backend: { type: "local", path: clone } };
  t.regex(told(await report(t, local)), /^backend !parse: .*production\/bad\/features\.yaml:5: /);
  await writeFile(join(clone, "production/bad/features.yaml"), "flags: []\n");
  t.is(told(await report(t, local)), "backend parse");
});

test("a repository without a features file where one is read is told where that is", async (t) => {
  const repository = await temporaryRepository(t, { files: { "features.yaml": "namespace: default\n" } });
  const { ok, steps } = await report(t, { remote: repository.path });
  t.true(ok);
  t.regex(steps.at(-1)?.message ?? "", /^no features file yet: .*such as default\/features\.yaml$/);
});

test("a repository that two users cannot share is recognised, with what to do", async (t) => {
  const directory = join(await temporaryDirectory(t), "flags");
  await nativeGit(["init", "-q", directory]);
  t.true(checkDirectory(directory).ok);
  t.true(checkDirectory(join(directory, "not", "yet")).ok);
  if (process.getuid?.() !== 0) {
    await chmod(join(directory, ".git", "objects"), 0o500);
    t.regex(checkDirectory(directory).message ?? "", /objects cannot be written/);
    await chmod(join(directory, ".git", "objects"), 0o700);
    return;
  }
  await chown(join(directory, ".git", "objects"), 12_345, 12_345);
  const closed = checkDirectory(directory);
  t.regex(closed.message ?? "", /users 0, 12345 and no core\.sharedRepository/);
  t.regex(closed.advice ?? "", /core\.sharedRepository group.*safe\.directory/);
  await nativeGit(["-C", directory, "config", "core.sharedRepository", "group"]);
  t.regex(checkDirectory(directory).message ?? "", /not open to its group/);
  await promisify(execFile)("chmod", ["-R", "g+rwX", directory]);
  t.true(checkDirectory(directory).ok);
  await chown(directory, 12_345, 12_345);
  const configs = [join(await temporaryDirectory(t), "gitconfig")];
  t.regex(checkDirectory(directory, configs).message ?? "", /user 12345.*ownership check refuses it to user 0/);
  await writeFile(configs[0] ?? "", `[safe]\n\tdirectory = ${directory}\n`);
  t.true(checkDirectory(directory, configs).ok);
});

test("a directory on a read-only file system is told as that, and not as one of another user", async (t) => {
  const disk = await smallDisk(t, 1);
  if (typeof disk === "string") {
    skipUnless(t, `no small disk can be made here (${disk})`);
    return;
  }
  await promisify(execFile)("mount", ["-o", "remount,ro", disk.path]);
  const { ok, message, advice } = checkDirectory(disk.path);
  t.false(ok);
  t.regex(message ?? "", /lies on a file system that is read-only here$/);
  t.regex(advice ?? "", /ReadWritePaths=/);
});

test("the command prints JSON or readable lines, and its exit code says how it went", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const empty = await temporaryDirectory(t);
  const vexil = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [VEXIL, "doctor", ...args], { cwd: empty, ...DEADLINE }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const good = await vexil("--json", "--config", await configFile(t, { remote: repository.path }));
  t.is(good.code, 0, good.stderr);
  const { ok, storages } = JSON.parse(good.stdout) as { ok: boolean; storages: StorageReport[] };
  t.true(ok);
  t.deepEqual(
    storages.map(({ id, ok: well, steps }) => [id, well, steps.map(({ step }) => step)]),
    [["main", true, ["connect", "ref", "pack", "parse"]]],
  );
  await mkdir(join(empty, "kept"));
  const bad = await vexil("--config", await configFile(t, { remote: join(empty, "nothing") }));
  t.is(bad.code, 1);
  t.regex(bad.stdout, /^storage main: not well\n {2}FAIL connect .*no such directory/);
  t.is((await vexil("--config", "/no/such/file.yaml")).code, 1);
  t.deepEqual(await readdir(empty), ["kept"]);
});

test("a backend is opened, and nothing is made in it: one that is away fails", async (t) => {
  const server = await postgresServer(t);
  const backend = { type: "postgres", url: server.url() };
  t.is(told(await report(t, { backend })), "backend");
  t.deepEqual(await server.sql("postgres", "select 1 from pg_namespace where nspname = 'vexil'"), []);
  const wrong = { ...backend, url: server.url({ password: "canary-wrong" }) };
  t.regex(
    told(await report(t, { backend: wrong })),
    /^!backend: .*password authentication failed.* > check the settings/,
  );
  await server.stop();
  t.regex(told(await report(t, { backend })), /^!backend: .*ECONNREFUSED.* > start the store/);
});

test("it tells where counts of evaluations cannot be kept, and whether Prometheus has some", async (t) => {
  const storage = { backend: { type: "memory" } };
  const answers: unknown[] = [];
  const server = createServer((_request, response) => response.end(JSON.stringify(answers.shift() ?? {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const look = async (analytics: Fields): Promise<StorageReport | undefined> => {
    const file = await configFile(t, storage, { analytics });
    return (await examine(await loadConfig({ file, env: {}, cwd: "/" }), { env: {} })).analytics;
  };
  t.is(await look({}), undefined);
  const directory = await temporaryDirectory(t);
  // Below a path, where it is not taken for an answer of the daemon.
  const prometheus = { enabled: true, url: `${url}/prometheus/` };
  answers.push({ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values: [[1, "2"]] }] } });
  const well = await look({ path: join(directory, "counts"), storage: { prometheus } });
  t.is(told(well as StorageReport), "counts prometheus");
  t.is(well?.steps[1]?.warnings, undefined);
  t.false(existsSync(join(directory, "counts")), "it makes nothing");
  answers.push({ status: "success", data: { resultType: "matrix", result: [] } });
  const unscraped = await look({ storage: { prometheus } });
  t.regex(unscraped?.steps[0]?.warnings?.[0] ?? "", /^it has no flipt_evaluations_requests_total/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const gone = await look({ storage: { prometheus } });
  t.regex(told(gone as StorageReport), /^!prometheus: Prometheus cannot be reached: ECONNREFUSED/);
  await writeFile(join(directory, "file"), "");
  const bad = await look({ path: join(directory, "file", "counts") });
  t.regex(told(bad as StorageReport), /^!counts: .* cannot be written/);
});

test("each sink is asked whether deliveries could come where they go, and nothing is made or sent", async (t) => {
  const directory = await temporaryDirectory(t);
  const hook = await webhookServer(t);
  const { port } = new URL(hook.url);
  const collector = await startOtlpReceiver(t);
  const command = join(directory, "on-change");
  await writeFile(command, "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(directory, "plain"), "", { mode: 0o644 });
  await mkdir(join(directory, "taken"));
  const sinks = {
    audit: { type: "file", path: join(directory, "trail", "audit.jsonl") },
    taken: { type: "file", path: join(directory, "taken") },
    below: { type: "export", path: join(directory, "plain", "flags") },
    cdn: { type: "export", path: join(directory, "flags") },
    ci: { type: "webhook", url: `${hook.url}?token=canary` },
    gone: { type: "webhook", url: "http://127.0.0.1:1/canary" },
    plain: { type: "webhook", url: `https://127.0.0.1:${port}/canary` },
    deploy: { type: "exec", command: [command] },
    closed: { type: "exec", command: [join(directory, "plain")] },
    otel: { type: "otlp", endpoint: collector.endpoint },
    away: { type: "otlp", endpoint: "http://127.0.0.1:1" },
  };
  const file = await configFile(t, { backend: { type: "memory" } }, { sinks });
  const report = await examine(await loadConfig({ file, env: {}, cwd: "/" }), { env: {} });
  const found = Object.fromEntries((report.sinks ?? []).map((sink) => [sink.id, told(sink)]));
  for (const well of ["audit", "cdn", "ci", "deploy", "otel"]) t.is(found[well], "sink", well);
  t.regex(found.taken ?? "", /^!sink: .*no regular file/);
  t.regex(found.below ?? "", /^!sink: .*cannot be written: .*plain: /);
  t.regex(found.gone ?? "", /^!sink: .*127\.0\.0\.1:1 cannot be reached: ECONNREFUSED/);
  t.regex(found.plain ?? "", /^!sink: .*cannot be reached: ERR_SSL/);
  t.regex(found.closed ?? "", /^!sink: .*cannot be run: .*plain: EACCES/);
  t.regex(found.away ?? "", /^!sink: .*cannot be reached: ECONNREFUSED/);
  t.false(report.ok);
  t.false(JSON.stringify(report).includes("canary"));
  t.deepEqual((await readdir(directory)).sort(), ["on-change", "plain", "taken"]);
  t.deepEqual(hook.requests, []);
  t.deepEqual(collector.requests, []);
});
