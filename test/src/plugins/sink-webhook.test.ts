import { Secret, VexilError } from "@vexil/plugin-api";
import { eventSamples, flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import webhook from "@vexil/sink-webhook";
import { webhookSettings } from "@vexil/sink-webhook/settings";
import test, { type ExecutionContext } from "ava";
import { isSigned, webhookServer } from "../helpers/sinks/webhook-server.js";

const SECRET = "a secret of more than sixteen letters";
const { signal } = new AbortController();

async function open(url: string, more: Readonly<Record<string, unknown>> = {}) {
  const logger = new RecordingLogger();
  const settings = webhookSettings.parse({ url: new Secret(url), secret: new Secret(SECRET), ...more });
  return webhook.create(settings, { sink: { name: "ci" }, configDirectory: "/", logger, redact: () => {}, signal });
}

async function failure(t: ExecutionContext, work: Promise<void>): Promise<VexilError> {
  const error = await t.throwsAsync(work);
  if (!VexilError.is(error)) throw new Error(`no VexilError: ${error}`);
  return error;
}

test("what is sent is signed so that a stranger's code can check it, and a changed body does not pass", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url);
  await sink.deliver([...eventSamples().values()], { signal });
  const [request] = server.requests;
  if (request === undefined) return t.fail("nothing was sent");
  t.true(isSigned(request, SECRET));
  t.false(isSigned({ ...request, body: request.body.replace("banner", "banana") }, SECRET));
  t.false(isSigned(request, `${SECRET}.`));
  t.is(request.headers["content-type"], "application/json");
  await sink.close();
});

test("events go as CloudEvents, and as lines for people in which names are no markup", async (t) => {
  const server = await webhookServer(t);
  const cloud = await open(server.url, { format: "cloudevents" });
  const samples = [...eventSamples().values()];
  await cloud.deliver(samples, { signal });
  const [first] = server.requests;
  t.is(first?.headers["content-type"], "application/cloudevents-batch+json");
  const batch = JSON.parse(first?.body ?? "") as readonly Record<string, unknown>[];
  t.deepEqual(
    batch.map(({ data }) => data),
    JSON.parse(JSON.stringify(samples)),
  );
  for (const one of batch) {
    // The attributes that CloudEvents 1.0 requires, and the form of those it allows.
    t.is(one.specversion, "1.0");
    for (const name of ["id", "source", "type"]) t.regex(String(one[name]), /^\S+$/);
    t.false(Number.isNaN(Date.parse(String(one.time))));
    t.true(one.subject === undefined || one.subject !== "");
  }
  t.is(batch[0]?.type, "vexil.change.flag.v1");
  const slack = await open(server.url, { format: "slack" });
  const hostile = flagChange("x", { key: "<!channel> *bold* <http://evil|good>\n&", actor: "token:`ci`" });
  await slack.deliver([...samples, hostile, ...samples], { signal });
  const { text } = JSON.parse(server.requests.at(-1)?.body ?? "") as { readonly text: string };
  t.notRegex(text, /<|[^\u200b][*`]/);
  t.regex(text, /&lt;!channel&gt;/);
  t.is(text.split("\n").length, 21);
});

test("redirects to another host, another port and loopback are not followed; within the host they are", async (t) => {
  const [server, inside] = [await webhookServer(t), await webhookServer(t)];
  const sink = await open(server.url);
  let location = "";
  server.answer = ({ path }, response) => {
    if (path === "/there") return void response.end();
    response.writeHead(307, { location }).end();
  };
  for (const target of [
    inside.url,
    inside.url.replace("127.0.0.1", "localhost"),
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "http://u:p@127.0.0.1/x",
    "//[::1]/x",
    "",
  ]) {
    location = target === "" ? "http://" : target;
    const error = await failure(t, sink.deliver([flagChange("r")], { signal }));
    t.is(error.code, "VEXIL_UNAVAILABLE_SINK", location);
    t.regex(error.message, /redirects/);
  }
  t.is(inside.requests.length, 0);
  location = "/there";
  await sink.deliver([flagChange("r")], { signal });
  t.is(server.requests.at(-1)?.path, "/there");
  t.true(isSigned(server.requests.at(-1) as (typeof server.requests)[number], SECRET));
  location = server.url;
  t.regex((await failure(t, sink.deliver([flagChange("r")], { signal }))).message, /status 307/);
  // Other kinds would become a GET without a body.
  server.answer = (_request, response) => void response.writeHead(302, { location: "/there" }).end();
  t.regex((await failure(t, sink.deliver([flagChange("r")], { signal }))).message, /status 302/);
});

test("an answer of 100 MB, of a byte a second, or none costs no more than its bounds", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url, { timeout: "1s" });
  let sent = 0;
  server.answer = (_request, response) => {
    response.writeHead(200);
    const piece = Buffer.alloc(65_536, "x");
    const more = (): void => {
      while (sent < 100e6 && !response.destroyed) {
        sent += piece.length;
        if (!response.write(piece)) return void response.once("drain", more);
      }
    };
    response.on("error", () => undefined);
    more();
  };
  await sink.deliver([flagChange("large")], { signal });
  t.true(sent < 20e6, `${sent} bytes were taken`);
  const drips: NodeJS.Timeout[] = [];
  t.teardown(() => drips.forEach(clearInterval));
  server.answer = (_request, response) => {
    response.writeHead(200).flushHeaders();
    drips.push(setInterval(() => response.write("x"), 1_000));
  };
  await sink.deliver([flagChange("slow")], { signal });
  // Not even its first line comes.
  server.answer = (_request, response) => {
    drips.push(setInterval(() => response.socket?.write("H"), 1_000));
  };
  const late = await failure(t, sink.deliver([flagChange("hung")], { signal }));
  t.is(late.code, "VEXIL_UNAVAILABLE_SINK");
  t.regex(late.message, /did not answer in time/);
});

test("what an answer means: taken, not taken for now, never taken; and when to come again", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url);
  let [status, headers]: [number, Record<string, string>] = [200, {}];
  server.answer = (_request, response) => void response.writeHead(status, headers).end("no");
  for (const good of [200, 201, 202, 204]) {
    status = good;
    await sink.deliver([flagChange("s")], { signal });
  }
  for (const bad of [400, 413, 415, 422]) {
    status = bad;
    t.is((await failure(t, sink.deliver([flagChange("s")], { signal }))).code, "VEXIL_REFUSED_EVENT");
  }
  for (const bad of [401, 403, 404, 410, 429, 500, 503]) {
    status = bad;
    t.is((await failure(t, sink.deliver([flagChange("s")], { signal }))).code, "VEXIL_UNAVAILABLE_SINK");
  }
  headers = { "retry-after": "120" };
  t.is((await failure(t, sink.deliver([flagChange("s")], { signal }))).details.retryAfterMs, 120_000);
  headers = { "retry-after": new Date(Date.now() + 60_000).toUTCString() };
  const { retryAfterMs = 0 } = (await failure(t, sink.deliver([flagChange("s")], { signal }))).details;
  t.true(retryAfterMs > 30_000 && retryAfterMs <= 60_000);
  headers = { "retry-after": "soon" };
  t.is((await failure(t, sink.deliver([flagChange("s")], { signal }))).details.retryAfterMs, undefined);
});

test("settings that cannot be meant are refused", (t) => {
  const reason = (settings: object): string =>
    webhookSettings
      .safeParse(settings)
      .error?.issues.map(({ path, message }) => `${path}: ${message}`)
      .join() ?? "";
  t.regex(reason({}), /^url: non-empty/);
  t.regex(reason({ url: "ftp://x" }), /^url: it is no address/);
  t.regex(reason({ url: "https://u:p@x" }), /^url: it is no address/);
  t.regex(reason({ url: "https://x", url_file: "/f" }), /^url_file: give only one/);
  t.regex(reason({ url: "https://x", secret: "short" }), /^secret: a secret has at least/);
  t.regex(reason({ url: "https://x", timeout: "5m" }), /^timeout: /);
  t.regex(reason({ url: "https://x", format: "xml" }), /^format: /);
  t.is(reason({ url: "https://x/hook?token=1" }), "");
});
