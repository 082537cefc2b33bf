import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { Browser } from "../helpers/access/browser.js";
import { type Issuer, startIssuer } from "../helpers/access/oidc-issuer.js";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
const SECRET = "canary-secret-of-the-client";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

interface Started {
  readonly daemon: RunningDaemon;
  readonly issuer: Issuer;
  /** Where the user's state is kept. */
  readonly state: string;
  readonly vexil: (...args: readonly string[]) => Command;
}

interface Command {
  /** Text on stderr so far. */
  readonly told: () => string;
  readonly ended: Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

/** @param plain names a provider without logins by device code */
async function start(t: ExecutionContext, plain?: string): Promise<Started> {
  const issuer = await startIssuer(t, {
    clients: () => [
      {
        client_id: "vexil",
        client_secret: SECRET,
        redirect_uris: ["http://127.0.0.1:1/auth/v1/method/oidc/corp/callback"],
        grant_types: ["authorization_code", DEVICE_GRANT],
      },
    ],
    configuration: {
      features: {
        devInteractions: { enabled: false },
        deviceFlow: { enabled: true },
      },
    },
  });
  const corp = {
    ...{ issuer_url: issuer.url, client_id: "vexil", client_secret: SECRET },
    ...{ redirect_address: "http://127.0.0.1:1", scopes: ["email", "profile"] },
  };
  const daemon = await startDaemon(t, {
    config: {
      authentication: {
        required: true,
        session: { domain: "127.0.0.1", csrf: { key: "a key of the test, of more than 32 characters" } },
        methods: {
          oidc: {
            enabled: true,
            providers: { corp: { ...corp, device_login: true }, ...(plain !== undefined && { [plain]: corp }) },
          },
        },
      },
    },
  });
  const state = await temporaryDirectory(t);
  return { daemon, issuer, state, vexil: (...args) => run([...args, "--url", daemon.url], state) };
}

function run(args: readonly string[], state: string): Command {
  let told = "";
  const ended = new Promise<Awaited<Command["ended"]>>((resolve) => {
    const env = { PATH: process.env.PATH, XDG_STATE_HOME: state };
    const child = execFile(process.execPath, [VEXIL, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
    );
    child.stderr?.on("data", (text) => {
      told += String(text);
    });
  });
  return { told: () => told, ended };
}

/** The user at another device: opens the page, and confirms the code or not. */
async function enterCode(address: string, answer: "yes" | "abort"): Promise<void> {
  const browser = new Browser();
  const form = await browser.open(address);
  const hidden = (text: string, name: string): string =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";
  const code = new URL(address).searchParams.get("user_code") ?? "";
  const fields = { xsrf: hidden(form.text, "xsrf"), user_code: code };
  const send = (more: Readonly<Record<string, string>>) =>
    browser.open(new URL("/device", address).href, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...fields, ...more }).toString(),
      follows: () => false,
    });
  const answered = await send(answer === "yes" ? { confirm: "yes" } : { abort: "yes" });
  if (answer === "yes") await browser.open(answered.url);
}

/** The address that a command tells its user to open. */
async function addressIn(command: Command): Promise<string> {
  const told = await eventually(
    async () => command.told(),
    (text) => text.includes("user_code="),
    60_000,
  );
  return /https?:\S+/.exec(told)?.[0] ?? "";
}

test("login by a code of another device lets commands in until logout", async (t) => {
  const { daemon, state, vexil } = await start(t);
  const before = await vexil("status").ended;
  t.is(before.code, 2);
  t.regex(before.stderr, /or log in with "vexil login"/);

  const refused = vexil("login");
  await enterCode(await addressIn(refused), "abort");
  t.is((await refused.ended).code, 1);
  t.regex((await refused.ended).stderr, /access_denied/);

  const login = vexil("login", "--provider", "corp");
  await enterCode(await addressIn(login), "yes");
  const { code, stdout, stderr } = await login.ended;
  t.is(code, 0, stderr);
  t.regex(stdout, /logged in at http:\/\/127\.0\.0\.1:\d+ as ada@example\.com, until \d{4}-/);

  const file = join(state, "vexil", "logins.json");
  t.is((await stat(file)).mode & 0o777, 0o600);
  t.is((await stat(join(state, "vexil"))).mode & 0o777, 0o700);
  const logins = JSON.parse(await readFile(file, "utf8")) as Record<string, { token: string }>;
  const { token = "" } = logins[daemon.url] ?? {};
  t.not(token, "");
  t.false(`${stdout}${stderr}`.includes(token), "the token is shown");
  t.false(JSON.stringify(daemon.lines).includes(token), "the token is logged");
  const told = daemon.lines.filter(({ event }) => event === "auth.login");
  t.is(told.length, 1);
  t.like(told[0], { method: "oidc", actor: "oidc:corp:ada", flow: "device_code", client: "127.0.0.1" });

  t.is((await vexil("status").ended).code, 0);
  // The login is for that address, and for no other: nor for where a file of this folder says that its status is.
  const asked: (string | undefined)[] = [];
  const stranger = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401).end("{}");
  });
  await new Promise<void>((resolve) => stranger.listen(0, "localhost", resolve));
  t.teardown(() => stranger.close());
  const { port } = new URL(daemon.url);
  const admin = { host: "localhost", http_port: (stranger.address() as AddressInfo).port };
  const config = join(state, "vexil.json");
  await writeFile(config, JSON.stringify({ server: { host: "127.0.0.1", http_port: Number(port), admin } }));
  await run(["status", "--config", config], state).ended;
  t.deepEqual(asked, [undefined]);
  const elsewhere = await run(["status", "--url", daemon.url.replace("127.0.0.1", "localhost")], state).ended;
  t.is(elsewhere.code, 2);

  t.is((await vexil("logout").ended).code, 0);
  t.is((await vexil("status").ended).code, 2);
  const self = await fetch(`${daemon.url}/auth/v1/self`, { headers: { authorization: `Bearer ${token}` } });
  t.is(self.status, 401);
  t.deepEqual(JSON.parse(await readFile(file, "utf8")), {});
});

test("a made-up device code logs nobody in, and whoever asks too soon waits, and the provider is not asked", async (t) => {
  const { daemon, issuer, vexil } = await start(t, "plain");
  const ask = async (path: string, body: unknown) => {
    const response = await fetch(`${daemon.url}/auth/v1/method/oidc/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const made = await ask("corp/device/token", { deviceCode: "made-up" });
  t.is(made.status, 401);
  const flow = await ask("corp/device", {});
  t.is(flow.status, 200);
  t.like(flow.body, { expiresIn: 600, interval: 5 });
  const questions = (): number => issuer.requests.filter((request) => request === "POST /token").length;
  const before = questions();
  const began = performance.now();
  const waits = await Promise.all(
    Array.from({ length: 8 }, () => ask("corp/device/token", { deviceCode: flow.body.deviceCode })),
  );
  const intervals = Math.floor((performance.now() - began) / 5000);
  const asked = questions() - before;
  t.true(asked >= 1 && asked <= 1 + intervals, `the provider was asked ${asked} times`);
  t.deepEqual([...new Set(waits.map(({ status, body }) => `${status} ${body.status}`))].sort(), [
    "202 pending",
    "202 slow_down",
  ]);
  const none = { status: 404, body: { message: "device: there are no logins by device code here" } };
  for (const place of ["plain/device", "plain/device/token", "plain/device/token"]) {
    t.like(await ask(place, { deviceCode: "any" }), none);
  }
  const login = await vexil("login", "--provider", "plain").ended;
  t.is(login.code, 1);
  t.regex(login.stderr, /no logins by device code here; set device_login: true of provider plain/);
  t.is((await ask("other/device", {})).status, 400);
  t.is((await ask("corp/device/token", {})).status, 401);
});

test("nobody logs in where everybody can read the token on the way", async (t) => {
  const { code, stderr } = await run(["login", "--url", "http://flags.example.com:8080"], await temporaryDirectory(t))
    .ended;
  t.is(code, 1);
  t.regex(stderr, /use https, or --allow-http/);
});
