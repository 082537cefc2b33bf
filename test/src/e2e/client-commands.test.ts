import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { makeCertificate } from "../helpers/network/certificate.js";
import { clientAuthority } from "../helpers/network/client-certificate.js";
import { freePort } from "../helpers/network/free-port.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function vexil(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [VEXIL, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

async function start(t: ExecutionContext, more: Record<string, unknown> = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    ...more,
  });
  await (await daemon.start()).settled;
  return { repository, url: daemon.url() };
}

test("evaluate, history, rollback, status and sync ask a running daemon", async (t) => {
  const { repository, url } = await start(t);
  const first = (await repository.head()) ?? "";
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: 1, enabled: false };
  await fetch(`${url}/api/v2/environments/default/namespaces/default/resources`, {
    method: "PUT",
    body: JSON.stringify({ key: "banner", payload }),
  });
  const at = ["--url", url];
  const [off, variant, json, history, item, status, sync] = await Promise.all([
    vexil(["evaluate", "banner", ...at]),
    vexil(["evaluate", "theme", "--entity", "user-3", "--context", "country=de", "--context", "age=30", ...at]),
    vexil(["evaluate", "tier", "--namespace", "ops", "--json", ...at]),
    vexil(["history", ...at]),
    vexil(["history", "default/flag/banner", "--limit", "1", "--json", ...at]),
    vexil(["status", ...at]),
    vexil(["sync", "default", ...at]),
  ]);
  t.deepEqual([off.code, off.stdout], [0, "false\n  reason default\n"], off.stderr);
  t.is(variant.stdout, 'dark\n  reason match, segments germany, adults\n  attachment {"hex":"#000","level":3}\n');
  t.is(JSON.parse(json.stdout).variantResponse.variantKey, "gold");
  t.regex(
    history.stdout,
    /^[0-9a-f]{40} {2}\S+ {2}flipt <flipt\[bot\]@noreply\.flipt\.io>\n {4}update flag default\/banner\n {4}~ flag default\/banner\n {8}enabled: true → false\n\n/,
  );
  const page = JSON.parse(item.stdout);
  t.is(page.commits.length, 1);
  t.is(page.nextPageToken, first);
  t.is(status.code, 0);
  t.regex(status.stdout, /\ndefault \(local\): ready/);
  t.deepEqual([sync.code, sync.stdout.split("\n")[0]], [0, "default (local): ready"], sync.stderr);

  const back = await vexil(["rollback", "default/flag/banner", "--to", first.slice(0, 7), ...at]);
  t.deepEqual(
    [back.code, back.stdout.split("\n")],
    [
      0,
      [
        `default/flag/banner is back to what it was at ${first.slice(0, 7)}:`,
        "  ~ flag default/banner",
        "      enabled: false → true",
        `commit ${await repository.head()}`,
        "",
      ],
    ],
    back.stderr,
  );
  t.is((await vexil(["evaluate", "banner", ...at])).stdout, "true\n  reason default\n");
  const again = await vexil(["rollback", "default/flag/banner", "--to", first, ...at]);
  t.is(
    again.stdout,
    `nothing to change: default/flag/banner is as it was at ${first}; the head stays ${await repository.head()}\n`,
  );
  const asJson = await vexil(["rollback", "default/flag/banner", "--to", first, "--json", ...at]);
  t.deepEqual(JSON.parse(asJson.stdout), { revision: await repository.head() });
});

test("a rollback is shown before it is made, with a message of its own, of a whole environment too", async (t) => {
  const { repository, url } = await start(t);
  const first = (await repository.head()) ?? "";
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: 1, enabled: false };
  await fetch(`${url}/api/v2/environments/default/namespaces/default/resources`, {
    method: "PUT",
    body: JSON.stringify({ key: "banner", payload }),
  });
  const head = await repository.head();
  const ask = (...args: string[]): Promise<Ended> => vexil(["rollback", ...args, "--url", url]);
  const [text, json, whole, nameless] = await Promise.all([
    ask("default/flag/banner", "--to", first, "--dry-run", "-m", "back\n\nit was right"),
    ask("default", "--to", first, "--dry-run", "--json"),
    ask("--environment", "default", "--to", first, "--dry-run", "--json"),
    ask("--to", first),
  ]);
  t.is(
    text.stdout.split("\ndiff --git a/default/features.yaml b/default/features.yaml\n")[0],
    `would be committed on ${head}\nAuthor: flipt <flipt[bot]@noreply.flipt.io>\n\n    back\n\n    it was right\n\n    Vexil-Rollback: ${first}\n`,
    text.stderr,
  );
  t.regex(text.stdout, /^-.*enabled: false\}\n\+.*enabled: true\}$/m);
  const previews = [json, whole].map(({ stdout }) => JSON.parse(stdout));
  t.deepEqual(previews[0].files, previews[1].files);
  t.regex(previews[1].commit.message, /^roll back environment default to /);
  t.deepEqual([nameless.code, nameless.stdout], [1, ""]);
  t.is(await repository.head(), head);
  const back = await ask("--environment", "default", "--to", first, "--message", "all of it back");
  t.regex(back.stdout, /^default is back to what it was at .*:\n {2}~ flag default\/banner\n/, back.stderr);
  t.is(await repository.git("log", "-1", "--format=%s"), "all of it back");
});

test("history and rollback show who asked for a commit", async (t) => {
  const ci = { credential: "secret-of-ci", name: "CI Runner", email: "ci@example.com" };
  const methods = { token: { enabled: true, storage: { tokens: { ci } } } };
  const { repository, url } = await start(t, { authentication: { required: true, methods } });
  const first = (await repository.head()) ?? "";
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: 1, enabled: false };
  await fetch(`${url}/api/v2/environments/default/namespaces/default/resources`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ci.credential}` },
    body: JSON.stringify({ key: "banner", payload }),
  });
  const ask = (...args: string[]): Promise<Ended> => vexil([...args, "--url", url], { VEXIL_TOKEN: ci.credential });
  const back = await ask("rollback", "default/flag/banner", "--to", first);
  t.is(back.stdout.split("\n").at(-2), `commit ${await repository.head()} as token:ci`, back.stderr);
  const history = await ask("history", "--limit", "1");
  t.regex(history.stdout, /^[0-9a-f]{40} {2}\S+ {2}CI Runner <ci@example\.com> {2}\(token:ci\)\n/, history.stderr);
});

test("a configuration tells commands where the daemon is, whatever secrets it refers to", async (t) => {
  const { url } = await start(t);
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  const tokens = "{ ci: { credential: '${env:CI_TOKEN}' }, other: { credential: '${credential:other}' } }";
  await writeFile(
    file,
    `server: { host: 127.0.0.1, http_port: ${new URL(url).port} }
authentication: { required: true, methods: { token: { enabled: true, storage: { tokens: ${tokens} } } } }
credentials: { bot: { type: access_token, access_token_file: /nowhere } }
`,
  );
  for (const args of [["status"], ["evaluate", "banner"], ["sync", "default"], ["history"]]) {
    const ended = await vexil([...args, "--config", file]);
    t.deepEqual([ended.code, ended.stderr], [0, ""], args.join(" "));
  }
  const missing = await vexil(["status", "--config", `${file}.json`]);
  t.is(missing.code, 2);
  t.regex(missing.stderr, /no such file; give the daemon's address with --url/);
});

test("commands find the status of a daemon that answers for it elsewhere", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    server: { admin: { http_port: 0 } },
  });
  await (await daemon.start()).settled;
  const admin = daemon.lines.find(({ event }) => event === "admin.listening")?.url;
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  const [port, adminPort] = [daemon.url(), String(admin)].map((url) => new URL(url).port);
  await writeFile(file, `server: { host: 127.0.0.1, http_port: ${port}, admin: { http_port: ${adminPort} } }\n`);
  for (const args of [["status"], ["health"], ["sync", "default"], ["evaluate", "banner"]]) {
    const ended = await vexil([...args, "--config", file]);
    t.deepEqual([ended.code, ended.stderr], [0, ""], args.join(" "));
  }
});

test("health is 0 for a daemon that can serve, without a token, and 1 for one that cannot or is not there", async (t) => {
  const { url } = await start(t, {
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "right" } } } } },
    },
  });
  const well = await vexil(["health", "--url", url]);
  t.deepEqual([well.code, well.stdout], [0, "serving\n"]);
  const gone = await vexil(["health", "--url", "http://127.0.0.1:2"]);
  t.is(gone.code, 1);
  t.regex(gone.stderr, /no daemon answers at http:\/\/127\.0\.0\.1:2: ECONNREFUSED/);
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: "http://127.0.0.1:2/flags.git", fetch_policy: "lenient" } } },
    start: "any",
  });
  const address = String((await daemon.line(({ event }) => event === "http.listening")).url);
  const waiting = await vexil(["health", "--url", address]);
  t.is(waiting.code, 1);
  t.regex(waiting.stderr, /storage default has no snapshot yet/);
  t.is((await vexil(["health", "--live", "--url", address])).code, 0);
});

test("exit codes: 1 when the daemon refuses, 2 when none answers or it does not know us", async (t) => {
  const { url } = await start(t, {
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "right" } } } } },
    },
  });
  const file = join(await temporaryDirectory(t), "token");
  await writeFile(file, "right\n");
  const right = ["--url", url, "--token-file", file];
  const nobody = ["--url", "http://127.0.0.1:2"];
  const cases: readonly (readonly [readonly string[], Readonly<Record<string, string>>, number, RegExp])[] = [
    [["status", ...right], {}, 0, /^$/],
    [["status", "--json", "--url", url], { VEXIL_TOKEN: "right" }, 0, /^$/],
    [["status", "--url", url], { VEXIL_TOKEN: "wrong" }, 2, /not authenticated; give a token/],
    [["status", ...nobody], {}, 2, /no daemon answers at http:\/\/127\.0\.0\.1:2: ECONNREFUSED/],
    [["history", ...nobody], {}, 2, /no daemon answers/],
    [["evaluate", "nope", ...right], {}, 1, /flag "default\/nope" not found; "vexil flag list" shows/],
    [["sync", "nope", ...right], {}, 1, /storage "nope" not found/],
    [["history", "a/b/c", ...right], {}, 1, /a\/b\/c is no target/],
    [["history", "default/flag/nope", ...right], {}, 1, /flag default\/nope not found/],
    [["history", "nope", ...right], {}, 1, /namespace "nope" not found/],
    [["evaluate", "banner", "-e", "nope", ...right], {}, 1, /environment: "nope" not found/],
    [["rollback", "default", "--to", "f".repeat(40), ...right], {}, 1, /revision "f{40}" not found/],
  ];
  const ended = await Promise.all(cases.map(([args, env]) => vexil(args, env)));
  for (const [index, [args, , code, stderr]] of cases.entries()) {
    t.is(ended[index]?.code, code, `${args.join(" ")}: ${ended[index]?.stderr}`);
    t.regex(ended[index]?.stderr ?? "", stderr);
  }
});

test("status ends with 1 while a file is quarantined, though the storage is ready", async (t) => {
  const { repository, url } = await start(t);
  t.is((await vexil(["status", "--url", url])).code, 0);
  await repository.commit({ "broken/features.yaml": "namespace: broken\nflags: [\n" });
  t.is((await vexil(["sync", "default", "--url", url])).code, 0);
  const status = await vexil(["status", "--url", url]);
  t.regex(status.stdout, /\ndefault \(local\): ready\n[\s\S]*quarantined/);
  t.is(status.code, 1);
});

test("status tells when some storage is not ready, and when what answers is no daemon", async (t) => {
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: "http://127.0.0.1:9/x.git", fetch_policy: "lenient" } } },
  });
  await daemon.line(({ event }) => event === "fetch.failed");
  const waiting = await vexil(["status", "--url", daemon.url]);
  t.is(waiting.code, 1, waiting.stderr);
  t.regex(waiting.stdout, /\ndefault \(memory\): starting.*\n[\s\S]*last error \S+ connect: /);
  const json = await vexil(["status", "--json", "--url", daemon.url]);
  t.is(json.code, 1);
  t.is(JSON.parse(json.stdout).storages[0].lastError.step, "connect");
  t.is(await daemon.stop(), 0);

  const page = createServer(({ url = "" }, response) => {
    response.statusCode = url.startsWith("/none/") ? 404 : 200;
    response.end("<html></html>");
  });
  await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
  t.teardown(() => page.close());
  const other = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["status", "--url", other], /^Error: what answers at \S+ is no vexil daemon\n$/],
    [["status", "--url", `${other}/none`], /^Error: what answers at \S+ is no vexil daemon \(status 404\)\n$/],
    [["status", "--url", other.replace("http:", "https:")], /; if it speaks no TLS, write http:\/\/\n$/],
    [["sync", "default", "--url", other], /^Error: what answers at \S+ is no vexil daemon\n$/],
    [["status", "--url", "127.0.0.1:8080"], /^Error: "127\.0\.0\.1:8080" is no URL of a daemon; write it as http:/],
  ];
  for (const [args, stderr] of cases) {
    const ended = await vexil(args);
    t.is(ended.code, 2);
    t.regex(ended.stderr, stderr);
  }
});

test("where nothing answers, commands say whose address it was and how to name another", async (t) => {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "vexil.yaml");
  await writeFile(file, "server: { host: 127.0.0.1, http_port: 2 }\n");
  const ended = await vexil(["status", "--config", file]);
  t.is(ended.code, 2);
  t.regex(ended.stderr, /no daemon answers at http:\/\/127\.0\.0\.1:2: .*vexil\.yaml; .*--url or --config\n$/);
});

test("a configuration without a default environment is refused with a hint at what to write", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  await writeFile(file, "environments: { first: {}, second: { directory: two } }\n");
  for (const command of ["serve", "doctor", "config"]) {
    const ended = await vexil([command, "--config", file]);
    t.is(ended.code, 1);
    t.is(
      ended.stderr,
      `Error: loading configuration: environments: default environment non-empty value is required
Hint: exactly one environment answers requests that name none; give one of first, second "default: true", such as environments: { first: { default: true } }
`,
      command,
    );
  }
});

test("a storage that no environment names is told with what to write", async (t) => {
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  await writeFile(file, "storage: { flags: { backend: { type: memory } } }\n");
  const ended = await vexil(["serve", "--config", file]);
  t.is(ended.code, 1);
  t.is(
    ended.stderr,
    `Error: loading configuration: environments: "default" references undefined storage "default" (storages: flags)
Hint: say which storage it serves, such as environments: { default: { storage: flags } }
`,
  );
});

test("neither a redirect nor a name that a terminal would obey gets through", async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization}`);
    if (request.url === "/moved/api/status") {
      response.writeHead(307, { location: "/elsewhere" }).end();
      return;
    }
    const bad = "\u001b]52;c;aGk=\u0007\u202e";
    const storage = {
      id: `a${bad}`,
      backend: "memory",
      state: "ready",
      revision: "",
      environments: [],
      stalenessSeconds: 0,
    };
    response.end(JSON.stringify({ version: "1", startedAt: "", storages: [{ ...storage, quarantined: [] }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const moved = await vexil(["status", "--url", `${url}/moved`], { VEXIL_TOKEN: "of-the-user" });
  t.is(moved.code, 2);
  t.regex(moved.stderr, /redirects to \/elsewhere; give the daemon's own address/);
  t.deepEqual(asked, ["/moved/api/status Bearer of-the-user"]);
  const named = await vexil(["status", "--url", url]);
  t.is(named.code, 0, named.stderr);
  t.true(named.stdout.includes("a\\u001b]52;c;aGk=\\u0007\\u202e"), named.stdout);
});

test("an own authority and a client certificate are named by options, and a daemon of this machine by its configuration", async (t) => {
  const server = await makeCertificate(t, "flags.example.com");
  const clients = await clientAuthority(t);
  const { key, cert } = await clients.issue("/CN=operator");
  const directory = await temporaryDirectory(t);
  const [keyFile, certFile, file] = ["client.key", "client.pem", "vexil.json"].map((name) => join(directory, name));
  if (keyFile === undefined || certFile === undefined || file === undefined) return t.fail();
  await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
  const port = await freePort();
  const tls = { protocol: "https", https_port: port, cert_file: server.certPath, cert_key: server.keyPath };
  const { url } = await start(t, { server: { ...tls, client_ca_file: clients.caPath } });
  await writeFile(file, JSON.stringify({ server: { host: "127.0.0.1", ...tls } }));
  const own = ["--client-cert", certFile, "--client-key", keyFile];
  const refused = async (args: readonly string[], reason: RegExp): Promise<void> => {
    const { code, stderr } = await vexil(["status", ...args]);
    t.deepEqual([code, reason.test(stderr)], [2, true], stderr);
  };
  await refused(["--url", url], /certificate of https:.* is not trusted .*--ca-file/);
  await refused(["--url", url, "--ca-file", server.caPath, ...own], /not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
  await refused(["--config", file], /asks for a client certificate: --client-cert and --client-key/);
  await refused(["--config", file, "--client-cert", certFile], /belong together/);
  await refused(["--url", url.replace("https:", "http:")], /ECONNRESET; if it serves TLS, write https:\/\/\n$/);
  const strangers = await clientAuthority(t);
  const stranger = await strangers.issue("/CN=stranger");
  const [strangerKey, strangerCert] = [`${keyFile}.stranger`, `${certFile}.stranger`];
  await Promise.all([writeFile(strangerKey, stranger.key), writeFile(strangerCert, stranger.cert)]);
  await refused(
    ["--config", file, "--client-cert", strangerCert, "--client-key", strangerKey],
    /; it refuses the certificate of --client-cert: an authority of its server\.client_ca_file has to sign it\n$/,
  );
  await refused(
    ["--config", file, "--client-cert", certFile, "--client-key", strangerKey],
    /^Error: --client-key is not the key of the certificate in --client-cert\n$/,
  );
  await refused(
    ["--config", file, "--ca-file", join(directory, "none.pem")],
    /--ca-file .*none\.pem cannot be read: ENOENT/,
  );
  await refused(["--config", file, "--ca-file", file], /--ca-file .* is no PEM file/);
  const known = await vexil(["status", "--config", file, ...own]);
  t.is(known.code, 0, known.stderr);
  const named = await makeCertificate(t);
  const other = await start(t, {
    server: { protocol: "https", https_port: 0, cert_file: named.certPath, cert_key: named.keyPath },
  });
  const trusted = await vexil(["status", "--url", other.url, "--ca-file", named.caPath]);
  t.is(trusted.code, 0, trusted.stderr);
  t.regex(
    (await vexil(["status", "--help"])).stdout,
    /--ca-file <file>[\s\S]*--client-cert <file>[\s\S]*--client-key <file>/,
  );
});

test("a token that an issuer has signed is sent as what it is", async (t) => {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const directory = await temporaryDirectory(t);
  const [keyFile, tokenFile] = [join(directory, "issuer.pem"), join(directory, "token")];
  await writeFile(keyFile, await exportSPKI(publicKey));
  const { url } = await start(t, {
    authentication: { required: true, methods: { jwt: { enabled: true, public_key_file: keyFile } } },
  });
  const token = await new SignJWT({}).setProtectedHeader({ alg: "ES256" }).setExpirationTime("5m").sign(privateKey);
  await writeFile(tokenFile, `JWT ${token}\n`);
  t.is((await vexil(["status", "--url", url], { VEXIL_TOKEN: `JWT ${token}` })).code, 0);
  t.is((await vexil(["status", "--url", url, "--token-file", tokenFile])).code, 0);
  const bare = await vexil(["status", "--url", url], { VEXIL_TOKEN: token });
  t.is(bare.code, 2);
  t.regex(bare.stderr, /; a token that an issuer has signed is given as "JWT <token>"\n$/);
  const none = await vexil(["status", "--url", url, "--token-file", `${tokenFile}.none`]);
  t.is(none.code, 2);
  t.is(none.stderr, `Error: --token-file ${tokenFile}.none cannot be read: ENOENT\n`);
});
