import { VexilError } from "@vexil/plugin-api/errors";
import anyTest, { type ExecutionContext } from "ava";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { startHttpProxy } from "../helpers/network/http-proxy.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// The proxy comes from the environment of the process, so one case at a time.
const test = anyTest.serial;
const MAIN = "refs/heads/main";
const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] as const;

function setEnvironment(t: ExecutionContext, values: Partial<Record<(typeof VARIABLES)[number], string>>): void {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) delete process.env[name];
  Object.assign(process.env, values);
  t.teardown(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
}

async function start(t: ExecutionContext, tls: boolean) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path, tls ? { tls: {} } : {});
  const remote = openTestRemote(t, server.url, {
    tls: { insecureSkipTls: false, caCertBytes: server.certificate?.ca },
  });
  return { repository, server, remote };
}

async function failureOf(t: ExecutionContext, work: Promise<unknown>): Promise<readonly unknown[]> {
  const error: unknown = await t.throwsAsync(work, { any: true });
  if (!VexilError.is(error)) throw error;
  return [error.code, error.details.step];
}

for (const tls of [false, true]) {
  const scheme = tls ? "https" : "http";
  test(`${scheme} remotes go through the proxy of the environment, with its credential`, async (t) => {
    const proxy = await startHttpProxy(t, `Basic ${Buffer.from("ada:p@ss").toString("base64")}`);
    const url = proxy.url.replace("//", "//ada:p%40ss@");
    setEnvironment(t, tls ? { HTTPS_PROXY: url } : { HTTP_PROXY: url });
    const { remote, server } = await start(t, tls);
    for (let poll = 0; poll < 3; poll += 1) t.is((await remote.listRefs([MAIN], never)).refs.size, 1);
    const head = (await remote.listRefs([MAIN], never)).refs.get(MAIN) as string;
    t.is((await fetchFrom(remote, { wants: [head] })).objects.length, 6);
    if (tls) t.deepEqual(proxy.requests, [`CONNECT 127.0.0.1:${server.port}`], "one tunnel, kept");
    else t.true(proxy.requests.length >= 5 && proxy.requests.every((line) => line.includes(server.origin)));
    t.true(server.requests.every(({ headers }) => headers["proxy-authorization"] === undefined));
  });

  test(`${scheme}: a proxy that refuses, and one that is not there, are connection failures`, async (t) => {
    const proxy = await startHttpProxy(t, "Basic nobody");
    setEnvironment(t, tls ? { HTTPS_PROXY: proxy.url } : { HTTP_PROXY: proxy.url });
    const { remote } = await start(t, tls);
    t.deepEqual(await failureOf(t, remote.listRefs([MAIN], never)), ["VEXIL_CONNECTION_PROXY", "connect"]);
    setEnvironment(t, { HTTPS_PROXY: "http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1" });
    const other = await start(t, tls);
    const [code] = await failureOf(t, other.remote.listRefs([MAIN], never));
    t.is(code, "VEXIL_CONNECTION_REFUSED");
  });
}

test("NO_PROXY leaves hosts out", async (t) => {
  const proxy = await startHttpProxy(t);
  setEnvironment(t, { HTTP_PROXY: proxy.url, NO_PROXY: "git.example.com, 127.0.0.1" });
  const { remote } = await start(t, false);
  t.is((await remote.listRefs([MAIN], never)).refs.size, 1);
  t.deepEqual(proxy.requests, []);
});
