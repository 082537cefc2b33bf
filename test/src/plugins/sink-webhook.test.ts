import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, type SinkEvent, VexilError } from "@vexil/plugin-api";
import { eventSamples, flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import webhook from "@vexil/sink-webhook";
import { webhookSettings } from "@vexil/sink-webhook/settings";
import test, { type ExecutionContext } from "ava";
import { type CloudEvent, HTTP } from "cloudevents";
import { parse } from "yaml";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type HookRequest, isSigned, webhookServer } from "../helpers/sinks/webhook-server.js";

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

/** The first block of the README that is in this language. */
function documented(language: string): string {
  const readme = readFileSync(new URL("../../../plugins/sink-webhook/README.md", import.meta.url), "utf8");
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(readme)?.[1] ?? "";
}

test("the README's pieces of code tell a genuine request from a changed and an old one, in Node and by openssl", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url);
  await sink.deliver([flagChange("s", { key: "ünïcode €" })], { signal });
  const { headers, body } = server.requests[0] as HookRequest;
  const header = String(headers["x-vexil-signature"]);
  const code = `data:text/javascript,${encodeURIComponent(documented("js"))}`;
  const { isGenuine } = (await import(code)) as { isGenuine: (...given: readonly string[]) => boolean };
  const directory = await temporaryDirectory(t);
  const byOpenssl = (signature: string, text: string, secret: string): boolean => {
    const file = join(directory, "body");
    writeFileSync(file, text);
    const env = { ...process.env, signature, secret, body: file };
    return spawnSync("sh", ["-c", documented("sh")], { env }).status === 0;
  };
  for (const check of [isGenuine, (given: string, text: string, secret: string) => byOpenssl(given, text, secret)]) {
    t.true(check(header, body, SECRET));
    t.false(check(header, body.replace("default", "defauIt"), SECRET));
    t.false(check(header, body, `${SECRET}.`));
    t.false(check(header.replace(/t=(\d)/, "t=2"), body, SECRET));
    t.false(check("", body, SECRET));
  }
  const { signature } = await import("../../../plugins/sink-webhook/dist/signature.js");
  t.false(isGenuine(signature(SECRET, Math.floor(Date.now() / 1000) - 400, body), body, SECRET), "it is old");
});

test("CloudEvents are what their own SDK reads, one by one and in batches", async (t) => {
  const server = await webhookServer(t);
  const samples = [...eventSamples().values()];
  for (const batch of [undefined, 50]) {
    const sink = await open(server.url, { format: "cloudevents", ...(batch === undefined ? {} : { batch }) });
    const before = server.requests.length;
    await sink.deliver(samples, { signal });
    const sent = server.requests.slice(before);
    t.is(sent.length, batch === undefined ? samples.length : 1);
    const read = sent.flatMap(
      ({ headers, body }) => HTTP.toEvent<SinkEvent>({ headers, body }) as CloudEvent<SinkEvent>,
    );
    for (const event of read) t.true(event.validate());
    t.deepEqual(
      read.map(({ data }) => data),
      JSON.parse(JSON.stringify(samples)),
    );
    t.deepEqual(
      read.map(({ id, time }) => [id, time]),
      samples.map(({ id, time }) => [id, time]),
    );
    t.is(read[0]?.type, "vexil.change.flag.v1");
    t.is(read[0]?.source, "/vexil/main/production");
    t.is(read[0]?.subject, "default/banner");
    t.true(sent.every((request) => isSigned(request, SECRET)));
  }
  // The SDK refuses what lacks something that CloudEvents demand.
  const { headers, body } = server.requests[0] as HookRequest;
  const lacking = HTTP.toEvent({ headers, body: body.replace('"source"', '"sauce"') }) as CloudEvent<SinkEvent>;
  t.throws(() => lacking.validate());
});

test("events go as lines for people in which names are no markup", async (t) => {
  const server = await webhookServer(t);
  const samples = [...eventSamples().values()];
  const slack = await open(server.url, { format: "slack" });
  const hostile = flagChange("x", { key: "<!channel> *bold* <http://evil|good>\n&", actor: "token:`ci`" });
  await slack.deliver([...samples, hostile, ...samples], { signal });
  const { text } = JSON.parse(server.requests.at(-1)?.body ?? "") as { readonly text: string };
  t.notRegex(text, /<|[^\u200b][*`]/);
  t.regex(text, /&lt;!channel&gt;/);
  t.is(text.split("\n").length, 21);
});

test("a name that is cut, or no text, makes no half a character in a message", async (t) => {
  const server = await webhookServer(t);
  const slack = await open(server.url, { format: "slack" });
  await slack.deliver([flagChange("x", { key: `${"x".repeat(191)}${"😀".repeat(40)}`, actor: "\ud800" })], { signal });
  t.notRegex(server.requests.at(-1)?.body ?? "", /\\ud[89ab]/i);
});

test("a template makes a message, in which names are neither markup nor the end of a text", async (t) => {
  const server = await webhookServer(t);
  const sent = async (
    settings: Readonly<Record<string, unknown>>,
    ...events: readonly SinkEvent[]
  ): Promise<Record<string, unknown>> => {
    const sink = await open(server.url, settings);
    await sink.deliver(events, { signal });
    return JSON.parse(server.requests.at(-1)?.body ?? "");
  };
  const template = "{{ range .events }}*{{ .key }}* {{ .after.enabled }} {{ .error.message }};{{ end }}";
  const gone = flagChange("gone", { after: undefined });
  const hostile = flagChange("x", { key: '<!channel>"*' });
  const { text } = await sent({ format: "slack", template }, flagChange("a"), gone, hostile);
  t.is(
    text,
    '*banner* true <no value>;*banner* <no value> <no value>;*&lt;!channel&gt;"\u200b** true <no value>;'.replaceAll(
      "<no value>",
      "&lt;no value&gt;",
    ),
  );
  const json = '{{ with index .events 0 }}{"key": "{{ .key }}", "by": {{ json .author }}, "it": {{ json . }}}{{ end }}';
  const body = await sent({ template: json, batch: 1 }, hostile);
  t.is(body.key, hostile.key);
  t.deepEqual(body.by, hostile.author);
  t.deepEqual(body.it, JSON.parse(JSON.stringify(hostile)));
  const members =
    '{{ with index .events 0 }}[{{ range $i, $k := .author }}"{{ $i }}={{ $k }}",{{ end }}{{ len .after }}]{{ end }}';
  t.deepEqual(await sent({ template: members }, flagChange("m")), ["email=ada@example.com", "name=Ada", 8] as never);
});

test("the templates of the README are good ones", async (t) => {
  const server = await webhookServer(t);
  const readme = readFileSync(new URL("../../../plugins/sink-webhook/README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/```yaml\n( {4}format[\s\S]*?)\n```/g)].map(([, text = ""]) => parse(text));
  t.is(blocks.length, 2);
  for (const block of blocks) await (await open(server.url, block)).deliver([...eventSamples().values()], { signal });
  t.regex(server.requests[0]?.body ?? "", /\*production\* banner: on by git:ada@example.com/);
  t.is(JSON.parse(server.requests[1]?.body ?? "").summary, "change banner");
});

test("a template that would run long, print megabytes or make no JSON puts an event aside, and soon", async (t) => {
  const server = await webhookServer(t);
  const many = flagChange("many", { after: { list: Array.from({ length: 1000 }, (_, index) => `${index}`) } });
  const over = "{{ range $e := .events }}{{ range $e.after.list }}";
  const nested = `${over}${over.replace(".events", "$.events")}.{{ end }}{{ end }}{{ end }}{{ end }}`;
  const unseen = `${over}{{ $x := json $.events }}{{ end }}{{ end }}`;
  const long = `${over}${"x".repeat(2000)}{{ end }}{{ end }}`;
  const printed = "{{ range .events }}{{ range .after.list }}{{ json $.events }}{{ end }}{{ end }}";
  for (const [settings, reason] of [
    [{ format: "slack", template: nested }, /more than 100000 steps/],
    [{ format: "slack", template: long }, /prints more than 1048576/],
    [{ template: unseen.repeat(5) }, /functions make more than 16777216/],
    [{ template: printed }, /prints more than 1048576/],
    [{ template: '{"a": {{ (index .events 0).after.list }}}' }, /makes no JSON/],
    [{ template: "{{ lt .events 1 }}" }, /fails: incompatible types/],
  ] as const) {
    const sink = await open(server.url, settings);
    const error = await failure(t, sink.deliver([many], { signal }));
    t.is(error.code, "VEXIL_REFUSED_EVENT");
    t.regex(error.message, reason);
  }
  t.is(server.requests.length, 0);
});

test("of a delivery that takes several requests, those that were taken are not sent once more", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url, { batch: 2 });
  const events = Array.from({ length: 5 }, (_, index) => flagChange(`${index}`, { key: `k${index}` }));
  let answers = 0;
  server.answer = (_request, response) => {
    answers += 1;
    response.writeHead(answers === 2 ? 500 : 200).end();
  };
  t.is((await failure(t, sink.deliver(events, { signal }))).code, "VEXIL_UNAVAILABLE_SINK");
  await sink.deliver(events, { signal });
  const keys = server.requests.map(({ body }) =>
    (JSON.parse(body) as { events: readonly { key: string }[] }).events.map(({ key }) => key).join(),
  );
  t.deepEqual(keys, ["k0,k1", "k2,k3", "k2,k3", "k4"]);
  // Told once more later on, they are sent: whoever asks for them may have lost them.
  await sink.deliver(events, { signal });
  t.is(server.requests.length, 7);
});

test("a target that resets the connection, or ends it within its answer, is tried again", async (t) => {
  const server = await webhookServer(t);
  const sink = await open(server.url);
  server.answer = (_request, response) => void response.socket?.resetAndDestroy();
  const reset = await failure(t, sink.deliver([flagChange("r")], { signal }));
  t.is(reset.code, "VEXIL_UNAVAILABLE_SINK");
  t.regex(reset.message, /cannot be reached/);
  server.answer = (_request, response) => void response.socket?.end("HTTP/1.1 20");
  t.is((await failure(t, sink.deliver([flagChange("r")], { signal }))).code, "VEXIL_UNAVAILABLE_SINK");
  server.answer = undefined;
  await sink.deliver([flagChange("r")], { signal });
});

test("of a port that requests are not sent to at all, it is said that it is the port", async (t) => {
  const sink = await open("http://127.0.0.1:9/hooks");
  t.regex((await failure(t, sink.deliver([flagChange("p")], { signal }))).message, /cannot be reached: bad port$/);
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
  t.regex(reason({ url: "https://{{ .key }}.example.com" }), /^url: it is no/);
  t.regex(reason({ url: "https://x/{{ .key }}" }), /^url: it is no template/);
  t.regex(reason({ url: "https://x", batch: 101 }), /^batch: /);
  t.regex(reason({ url: "https://x", template: "\n{{ .X" }), /^template: invalid template: line 2: /);
  t.regex(reason({ url: "https://x", template: "{{ exec .X }}" }), /^template: .*"exec" not defined/);
  t.regex(reason({ url: "https://x", template: "x".repeat(20_000) }), /^template: .*longer than 16384/);
  t.regex(reason({ url: "https://x", format: "cloudevents", template: "x" }), /^template: the format cloudevents/);
  t.is(reason({ url: "https://x/hook?token=1" }), "");
});
