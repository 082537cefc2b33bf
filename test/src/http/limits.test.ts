import { Secret } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { type Answer, ask } from "../helpers/http/answers.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
import { DEFAULT_LIMITS } from "../helpers/http/server-limits.js";

type Options = NonNullable<Parameters<typeof startTestServer>[1]>;

async function start(t: ExecutionContext, options: Options = {}): Promise<TestServer> {
  const server = await startTestServer(t, options);
  await new FilePublisher(t, server.snapshots).publish("default", exampleFiles());
  return server;
}

const nulls = (count: number): string => `{"requests":[${"null,".repeat(count - 1)}null]}`;

test.serial("a batch of more items than the limit is refused before any is evaluated", async (t) => {
  const { url } = await start(t);
  for (const count of [838_000, 90_000, 10_001]) {
    const refused = await ask(url, "POST", "evaluate/v1/batch", { body: nulls(count) });
    t.is(refused.status, 413);
    t.like(refused.body, {
      code: 8,
      message:
        count > 100_000
          ? "the request body has a map with more than 20000 members, or a list of more than 100000; send less at once"
          : "the batch has more than 10000 items (server.limits.batch_items)",
    });
  }
  const answered = await ask(url, "POST", "evaluate/v1/batch", { body: nulls(10_000) });
  t.is(answered.status, 200);
  t.is((answered.body as { responses: unknown[] }).responses.length, 10_000);
});

test.serial("OFREP flags that are chosen count like items of a batch", async (t) => {
  const { url } = await start(t);
  const flags = (count: number): object => ({
    context: { targetingKey: "u", flags: "banner,".repeat(count).slice(0, -1) },
  });
  const refused = await ask(url, "POST", "ofrep/v1/evaluate/flags", { body: flags(10_001) });
  t.is(refused.status, 413);
  t.like(refused.body, { errorCode: "GENERAL" });
  t.is((await ask(url, "POST", "ofrep/v1/evaluate/flags", { body: flags(10_000) })).status, 200);
});

test.serial("a stream of a namespace that does not exist makes no label of it", async (t) => {
  const { url } = await start(t);
  for (let index = 0; index < 20; index += 1) {
    await openStream(t, `${url}/client/v2/environments/default/namespaces/invented-${index}/stream`);
  }
  await openStream(t, `${url}/client/v2/environments/default/namespaces/default/stream`);
  const { text } = await ask(url, "GET", "metrics");
  t.notRegex(text, /invented/);
  t.regex(text, /^flipt_evaluations_streams_in_progress\{environment="default",namespace=""\} 20$/m);
  t.regex(text, /^flipt_evaluations_streams_in_progress\{environment="default",namespace="default"\} 1$/m);
});

for (const workers of [1, 2]) {
  test.serial(`a namespace that is no more is no label any more (${workers} processes)`, async (t) => {
    const { url, snapshots } = await startTestServer(t, { serverConfig: { workers } });
    const publisher = new FilePublisher(t, snapshots);
    const team = "namespace: team\nflags:\n  - {key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true}\n";
    await publisher.publish("default", { ...exampleFiles(), "team/features.yaml": team });
    const evaluate = (): Promise<Answer> =>
      ask(url, "POST", "evaluate/v1/boolean", { body: { namespaceKey: "team", flagKey: "on" } });
    await eventually(evaluate, ({ status }) => status === 200);
    t.regex((await ask(url, "GET", "metrics")).text, /flipt_namespace="team"/);
    await publisher.publish("default", exampleFiles());
    await eventually(evaluate, ({ status }) => status === 404);
    const { text } = await eventually(
      () => ask(url, "GET", "metrics"),
      (metrics) => !/team/.test(metrics.text),
    );
    t.regex(
      text,
      /^flipt_evaluations_errors_total\{flipt_environment="default",flipt_namespace="",flipt_flag=""\} [1-9]/m,
    );
  });
}

test.serial("a body that would take long to parse is refused before it is parsed", async (t) => {
  const { url } = await start(t);
  const members = Array.from({ length: 300_000 }, (_, index) => `"k${index}":1`).join();
  for (const body of [`{"requests":[${"{},".repeat(1_300_000)}{}]}`, `{${members}}`]) {
    const refused = await ask(url, "POST", "evaluate/v1/batch", { body });
    t.is(refused.status, 413);
    t.regex((refused.body as { message: string }).message, /^the request body has .*; send less at once$/);
  }
  const context = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`key${index}`, "some value"]));
  const body = { requests: Array.from({ length: 5000 }, () => ({ flagKey: "banner", entityId: "}{][,,", context })) };
  t.is((await ask(url, "POST", "evaluate/v1/batch", { body })).status, 200);
});

test.serial("a batch whose answer would be too large is refused", async (t) => {
  const { url } = await start(t, { serverConfig: { limits: { ...DEFAULT_LIMITS, answerBytes: 100_000 } } });
  t.is((await ask(url, "POST", "evaluate/v1/batch", { body: nulls(100) })).status, 200);
  const refused = await ask(url, "POST", "evaluate/v1/batch", { body: nulls(2_000) });
  t.is(refused.status, 413);
  t.regex((refused.body as { message: string }).message, /larger than 100000 bytes \(server\.limits\.answer_bytes\)/);
});

test.serial("answers that nobody reads are bounded together, and small ones still come", async (t) => {
  const { url } = await start(t, {
    serverConfig: { limits: { ...DEFAULT_LIMITS, batchItems: 80_000, waitingAnswerBytes: 10_000_000 } },
  });
  // More than a connection's buffers in the kernel take.
  const request = rawRequest("POST /evaluate/v1/batch", [], nulls(80_000));
  for (let index = 0; index < 3; index += 1) (await RawConnection.open(t, url)).pause().write(request);
  const { headers } = await eventually(
    () => ask(url, "POST", "evaluate/v1/batch", { body: nulls(10_000) }),
    ({ status }) => status === 429,
  );
  t.regex(headers.get("retry-after") ?? "", /^\d+$/);
  t.is((await ask(url, "POST", "evaluate/v1/batch", { body: nulls(50) })).status, 200);
  const { text } = await ask(url, "GET", "metrics");
  t.regex(text, /^vexil_http_refused_total\{reason="answers"\} [1-9]/m);
});

for (const workers of [1, 2]) {
  test.serial(`streams are limited for each client and in total (${workers} processes)`, async (t) => {
    const tokens = Object.fromEntries(
      ["ann", "bob"].map((name) => [name, { credential: new Secret(`${name}-secret`) }]),
    );
    const { url } = await start(t, {
      serverConfig: { workers, limits: { ...DEFAULT_LIMITS, streamsPerClient: 10, streams: 15 } },
      config: {
        authentication: {
          required: true,
          exclude: { evaluation: false, ofrep: false },
          session: NO_SESSIONS,
          methods: [tokenMethod(tokens)],
        },
      },
    });
    const path = "client/v2/environments/default/namespaces/default/stream";
    const open = (name: string, kind = "application/json"): Promise<OpenStream> =>
      openStream(t, `${url}/${path}`, { authorization: `Bearer ${name}-secret`, accept: kind });
    const first = await Promise.all(Array.from({ length: 30 }, () => open("ann")));
    const refused = first.filter(({ status }) => status === 429);
    t.is(refused.length, 20);
    for (const { headers, ended, text } of refused) {
      await ended;
      t.regex(headers["retry-after"] ?? "", /^\d+$/);
      t.regex(text(), /^\{"error":\{"code":8,"message":"this client has 10 streams open already .*\n$/);
    }
    const second = await Promise.all(Array.from({ length: 10 }, () => open("bob", "text/event-stream")));
    t.is(second.filter(({ status }) => status === 200).length, 5, "in total");
    const others = second.find(({ status }) => status === 429);
    await others?.ended;
    t.regex(others?.text() ?? "", /^data: \{"code":8,"message":"15 streams are open already/);
    first.find(({ status }) => status === 200)?.close();
    await eventually(
      async () => (await open("bob")).status,
      (status) => status === 200,
    );
  });

  test.serial(`connections are limited for each address (${workers} processes)`, async (t) => {
    const { url } = await start(t, {
      serverConfig: { workers, limits: { ...DEFAULT_LIMITS, connectionsPerAddress: 20 } },
    });
    const connections: RawConnection[] = [];
    for (let index = 0; index < 20; index += 1) {
      connections.push(await RawConnection.open(t, url));
      const answer = await connections[index]?.write(rawRequest("GET /health/live")).answer();
      t.is(answer?.status, 200);
    }
    await eventually(
      async () => (await (await RawConnection.open(t, url)).write(rawRequest("GET /health/live")).answer()).status,
      (status) => status === 429,
    );
    const beyond = await RawConnection.open(t, url);
    const { status, headers, body } = await beyond.write(rawRequest("GET /health/live")).answer();
    t.is(status, 429);
    t.is(headers.connection, "close");
    t.regex(headers["retry-after"] ?? "", /^\d+$/);
    t.regex(body, /this address has 20 connections already/);
    await beyond.ended();
    t.is((await connections[0]?.write(rawRequest("GET /health/live")).answer())?.status, 200);
  });

  test.serial(`requests a second are limited for each client, but for health (${workers} processes)`, async (t) => {
    const { url } = await start(t, {
      serverConfig: {
        workers,
        limits: { ...DEFAULT_LIMITS, requestsPerSecond: 20 },
        trustedProxies: [{ address: "127.0.0.0", prefix: 8, family: "ipv4" }],
      },
    });
    const evaluate = (client: string): Promise<Answer> =>
      ask(url, "POST", "evaluate/v1/boolean", {
        body: { flagKey: "banner" },
        headers: { "x-forwarded-for": `198.51.100.7, ${client}, 127.0.0.2` },
      });
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 400 }, () => evaluate("203.0.113.9")));
    const seconds = (performance.now() - started) / 1000;
    const refused = answers.filter(({ status }) => status === 429);
    const passed = answers.length - refused.length;
    t.true(passed <= 20 * workers * (1 + seconds), `${passed} passed in ${seconds} s`);
    t.true(passed >= 20, `${passed} passed`);
    t.regex(refused[0]?.headers.get("retry-after") ?? "", /^\d+$/);
    t.not((await evaluate("203.0.113.10")).status, 429, "another client");
    for (let index = 0; index < 50; index += 1) t.is((await ask(url, "GET", "health/live")).status, 200);
    // As many as may wait for their answers, so that they come at once.
    const burst = async (line: string): Promise<readonly number[]> => {
      const connection = await RawConnection.open(t, url);
      connection.write(rawRequest(line, ["X-Forwarded-For: 203.0.113.11"]).repeat(30));
      const statuses: number[] = [];
      for (let index = 0; index < 30; index += 1) statuses.push((await connection.answer()).status);
      return statuses;
    };
    for (const line of ["GET /healthx", "GET /health/", "GET /health/live/x", "POST /health/live", "GET /health#"]) {
      const statuses = await eventually(
        () => burst(line),
        (answered) => answered.includes(429),
      );
      t.true(statuses.includes(429), line);
    }
    for (const line of ["GET /health?a", "GET /health/live", "GET /health/live/", "GET /health/%72eady"]) {
      t.false((await burst(line)).includes(429), line);
    }
  });

  test.serial(
    `bodies that do not arrive are bounded together, and quick ones come through (${workers} processes)`,
    async (t) => {
      const { url } = await start(t, {
        serverConfig: { workers, limits: { ...DEFAULT_LIMITS, waitingBodyBytes: 6_000_000 } },
      });
      const head = ["POST /evaluate/v1/batch HTTP/1.1", "Host: x", "Content-Length: 4000000", "", ""].join("\r\n");
      const half = head + " ".repeat(2_000_000);
      const slow: RawConnection[] = [];
      for (let index = 0; index < 20; index += 1) slow.push((await RawConnection.open(t, url)).write(half));
      const quick = `{"requests":[]${" ".repeat(1_000_000)}}`;
      const answer = await eventually(
        () => ask(url, "POST", "evaluate/v1/batch", { body: quick }),
        ({ status }) => status === 200,
      );
      t.is(answer.status, 200);
      t.is((await ask(url, "POST", "evaluate/v1/batch", { body: nulls(50) })).status, 200, "small ones always");
      const { text } = await eventually(
        () => ask(url, "GET", "metrics"),
        (metrics) => metrics.text.includes('vexil_http_refused_total{reason="bodies"}'),
      );
      t.regex(text, /^vexil_http_refused_total\{reason="bodies"\} [1-9]/m);
    },
  );
}
