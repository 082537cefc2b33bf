import { bannerClient } from "../helpers/daemon/banner-client.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { evaluate, telemetryDaemon } from "../helpers/daemon/telemetry-daemon.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

const test = testsInTurn(3);

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";
const SERVER = 2;
const PROTOCOLS = [
  { protocol: "http/protobuf", workers: 1 },
  { protocol: "http/protobuf", workers: 2 },
  { protocol: "http/json", workers: 2 },
  { protocol: "grpc", workers: 1 },
];

for (const { protocol, workers } of PROTOCOLS) {
  test(`spans, metrics and the log come by ${protocol}, each span below its parent (${workers} workers)`, async (t) => {
    const { repository, daemon, receiver, span } = await telemetryDaemon(t, {
      workers,
      grpc: protocol === "grpc",
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=canary-of-collector",
        OTEL_SERVICE_NAME: "flags",
        OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
        ...(protocol === "grpc" ? {} : { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }),
      },
    });
    // A poll: it fetches, then builds, then serves.
    const file = "default/features.yaml";
    const revision = await repository.commit({ [file]: `${EXAMPLE_FILES[file]}# changed\n` });
    t.is((await daemon.post("/api/storages/default/sync", {})).status, 202);
    const publish = await span("publish");
    const build = await span("build", ({ spanId }) => spanId === publish.parentSpanId);
    const poll = await span("poll", ({ spanId }) => spanId === build.parentSpanId);
    const fetch = await span("fetch", ({ parentSpanId }) => parentSpanId === poll.spanId);
    t.is(poll.parentSpanId, "");
    t.true([fetch, build, publish].every(({ traceId }) => traceId === poll.traceId));
    t.true([fetch, build].every((one) => one.start >= poll.start && one.end <= poll.end + 5_000_000n));
    t.like(build.attributes, { "vexil.storage": "default", "vcs.ref.head.revision": revision, "vexil.files": 2 });
    t.like(poll.resource, { "service.name": "flags", "deployment.environment.name": "test" });
    const built = await daemon.line((line) => line.event === "snapshot.built" && line.revision === revision);
    t.is(built.trace_id, poll.traceId);

    // An evaluation in the caller's trace.
    t.is((await evaluate(daemon, { traceparent: `00-${TRACE}-${CALLER}-01`, tracestate: "a=b" })).status, 200);
    const evaluation = await span("POST /evaluate/v1/boolean");
    t.like(evaluation, { traceId: TRACE, parentSpanId: CALLER, kind: SERVER, status: 0 });
    t.like(evaluation.attributes, {
      "http.request.method": "POST",
      "http.route": "/evaluate/v1/boolean",
      "http.response.status_code": 200,
      "url.path": "/evaluate/v1/boolean",
    });
    const [event, ...others] = evaluation.events;
    t.is(others.length, 0);
    t.is(event?.name, "feature_flag.evaluation");
    t.like(event?.attributes, {
      "feature_flag.key": "banner",
      "feature_flag.provider.name": "vexil",
      "feature_flag.result.variant": "true",
      "feature_flag.set.id": "default/default",
      "feature_flag.context.id": "ada",
    });
    t.is(event?.attributes["feature_flag.version"], revision);

    // A write, and its push.
    const answer = await bannerClient(() => daemon.url).write(false);
    t.is(answer.status, 200);
    const push = await span("push");
    const write = await span("write");
    const request = await span("PUT /api/v2/environments/{environment}/namespaces/{namespace}/resources");
    t.deepEqual([push.parentSpanId, write.parentSpanId], [write.spanId, request.spanId]);
    t.like(request, { kind: SERVER, parentSpanId: "", traceId: push.traceId });
    t.is(write.attributes["vcs.ref.head.revision"], push.attributes["vcs.ref.head.revision"]);
    const committed = await daemon.line((line) => line.event === "write.committed");
    t.like(committed, { trace_id: write.traceId, span_id: write.spanId });
    const record = await eventually(
      async () => receiver.records.find((one) => one.event === "write.committed"),
      (found) => found !== undefined,
    );
    t.like(record, { traceId: write.traceId, spanId: write.spanId, severity: 9, body: committed.message });
    t.is(record?.attributes.revision, committed.revision);

    // What /metrics has.
    const { body } = await daemon.get("/metrics");
    const names = [...String(body).matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
    // Requests of the process itself come and go.
    const lasting = names.filter((name) => name !== "nodejs_active_requests");
    const shown = lasting.filter((name) => new RegExp(`^${name}(_count)?(\\{| )`, "m").test(String(body)));
    await eventually(
      async () => shown.filter((name) => !receiver.metrics.has(name)),
      (missing) => missing.length === 0,
    );
    const [results] = receiver.metrics.get("flipt_evaluations_results_total").sum.dataPoints;
    t.is(Number(results.asDouble), 1);

    // Nothing of what is nobody's business.
    await evaluate(daemon, { authorization: "Bearer canary", cookie: "a=canary" });
    await daemon.get("/api/status?token=canary", { "x-api-key": "canary" });
    await span("GET /api/status");
    const all = Buffer.concat(receiver.bytes);
    t.false(all.includes("canary"));
    t.true(receiver.requests.every(({ headers }) => headers["x-key"] === "canary-of-collector"));
    t.false(JSON.stringify(daemon.lines).includes("canary"));
    t.deepEqual(
      daemon.lines.filter((line) => line.event.startsWith("telemetry.")),
      [],
    );
  });
}

for (const workers of [1, 2]) {
  test(`each item of a batch that goes in turns is told of in the request's span (${workers} workers)`, async (t) => {
    const { daemon, span } = await telemetryDaemon(t, { workers, env: { OTEL_SPAN_EVENT_COUNT_LIMIT: "10000" } });
    const requests = Array.from({ length: 4_500 }, (_, index) => ({ flagKey: "banner", entityId: `user-${index}` }));
    t.is((await daemon.post("/evaluate/v1/batch", { requests })).status, 200);
    const { events } = await span("POST /evaluate/v1/batch");
    t.deepEqual(
      events.map(({ attributes }) => attributes["feature_flag.context.id"]),
      requests.map(({ entityId }) => entityId),
    );
  });
}

for (const workers of [1, 2]) {
  test(`evaluations that wait for what callers may are told of in their requests' spans (${workers} workers)`, async (t) => {
    // Of each of them it is not known yet.
    const callers = ["ada", "ben", "cem", "dee"];
    const tokens = Object.fromEntries(callers.map((name) => [name, { credential: `secret-of-${name}` }]));
    const { daemon, span } = await telemetryDaemon(t, {
      workers,
      config: {
        authentication: { required: true, methods: { token: { enabled: true, storage: { tokens } } } },
        authorization: {
          required: true,
          roles: { reader: [{ actions: ["read", "evaluate"] }] },
          bindings: [{ role: "reader", match: { token: "*" } }],
        },
      },
    });
    const [ada, ben, cem, dee] = callers.map((name) => ({ authorization: `Bearer secret-of-${name}` }));
    const context = { targetingKey: "ada" };
    const asked = [
      await evaluate(daemon, ada),
      await daemon.post("/evaluate/v1/batch", { requests: [{ flagKey: "banner", entityId: "ada" }] }, ben),
      await daemon.post("/ofrep/v1/evaluate/flags/banner", { context }, cem),
      await daemon.post("/ofrep/v1/evaluate/flags", { context: { ...context, flags: "banner" } }, dee),
    ];
    t.deepEqual(
      asked.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    for (const path of [
      "evaluate/v1/boolean",
      "evaluate/v1/batch",
      "ofrep/v1/evaluate/flags/{key}",
      "ofrep/v1/evaluate/flags",
    ]) {
      const { events } = await span(`POST /${path}`);
      t.deepEqual(
        events.map(({ attributes }) => attributes["feature_flag.key"]),
        ["banner"],
        path,
      );
    }
  });
}

test("writes that are pushed together have one push, with links to the others", async (t) => {
  const { daemon, receiver } = await telemetryDaemon(t);
  const names = Array.from({ length: 12 }, (_, index) => `team-${index}`);
  const made = await Promise.all(
    names.map((key) => daemon.post("/api/v2/environments/default/namespaces", { key, name: key })),
  );
  t.true(made.every(({ status }) => status === 200));
  const pushes = () => receiver.spans.filter(({ name }) => name === "push");
  const writes = () => receiver.spans.filter(({ name }) => name === "write");
  await eventually(
    async () => pushes().flatMap(({ links }) => [1, ...links]).length,
    (count) => count === names.length,
  );
  await eventually(
    async () => writes().length,
    (count) => count === names.length,
  );
  const ids = new Set(writes().map(({ spanId }) => spanId));
  t.true(pushes().length < names.length);
  for (const { parentSpanId, links, attributes } of pushes()) {
    t.true(ids.delete(parentSpanId));
    t.true(links.every(({ spanId }) => ids.delete(spanId)));
    t.is(attributes["vexil.commits"], 1 + links.length);
  }
  t.is(ids.size, 0, "each write is in one push");
});

for (const workers of [1, 2]) {
  test(`a caller's decision not to sample counts, and the sampler's else (${workers} workers)`, async (t) => {
    const env = { OTEL_TRACES_SAMPLER: "parentbased_always_off" };
    const { daemon, receiver, span } = await telemetryDaemon(t, { workers, env });
    await evaluate(daemon);
    await evaluate(daemon, { traceparent: `00-${TRACE}-${CALLER}-00` });
    await evaluate(daemon, { traceparent: `00-${TRACE}-${CALLER}-01` });
    await bannerClient(() => daemon.url).write(false);
    await span("POST /evaluate/v1/boolean");
    await daemon.stop();
    t.is(receiver.spans.length, 1);
    t.is(receiver.spans[0]?.parentSpanId, CALLER);
  });
}

for (const workers of [1, 2]) {
  test(`of a request that is not sampled nothing below it is (${workers} workers)`, async (t) => {
    const env = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" };
    const { daemon, receiver } = await telemetryDaemon(t, { workers, env });
    const names = Array.from({ length: 40 }, (_, index) => `team-${index}`);
    await Promise.all(names.map((key) => daemon.post("/api/v2/environments/default/namespaces", { key, name: key })));
    await daemon.stop();
    const requests = new Set(receiver.spans.flatMap(({ kind, spanId }) => (kind === SERVER ? [spanId] : [])));
    const writes = receiver.spans.filter(({ name }) => name === "write");
    t.true(writes.length > 0 && writes.length < names.length, `${writes.length} writes`);
    t.is(writes.filter(({ parentSpanId }) => !requests.has(parentSpanId)).length, 0);
  });
}

for (const workers of [1, 2]) {
  test(`a read of a past state is decided on once, though two handlers have it (${workers} workers)`, async (t) => {
    const env = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" };
    const { daemon, receiver } = await telemetryDaemon(t, { workers, env });
    const body = { flagKey: "banner", entityId: "ada", context: {}, at: "main" };
    for (let round = 0; round < 16; round += 1) {
      const asked = Array.from({ length: 25 }, () => daemon.post("/evaluate/v1/boolean", body));
      t.true((await Promise.all(asked)).every(({ status }) => status === 200));
    }
    await daemon.stop();
    const roots = receiver.spans.filter(({ kind, parentSpanId }) => kind === SERVER && parentSpanId === "");
    // 200 ± 10 of 400; of two decisions one would be for it 300 times.
    t.true(roots.length > 140 && roots.length < 250, `${roots.length} of 400`);
  });
}

for (const workers of [1, 2]) {
  test(`what is left is sent when the daemon ends (${workers} workers)`, async (t) => {
    const env = { OTEL_BSP_SCHEDULE_DELAY: "60000", OTEL_BLRP_SCHEDULE_DELAY: "60000" };
    const { daemon, receiver } = await telemetryDaemon(t, { workers, env });
    await evaluate(daemon);
    t.is(await daemon.stop(), 0);
    t.true(receiver.spans.some(({ name }) => name === "POST /evaluate/v1/boolean"));
    t.is(receiver.records.at(-1)?.event, "daemon.stopped");
  });
}

test("a wrong protocol turns a signal off and is told; a wrong propagator is told; the daemon serves", async (t) => {
  const env = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "smoke", OTEL_PROPAGATORS: "tracecontext,pigeon" };
  const { daemon, receiver } = await telemetryDaemon(t, { env });
  t.is((await evaluate(daemon)).status, 200);
  const off = await daemon.line(({ event }) => event === "telemetry.off");
  t.deepEqual(off.signals, ["traces"]);
  t.regex(String(off.reason), /OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "smoke" is no protocol \(http\/protobuf, /);
  const warning = await daemon.line(({ event }) => event === "telemetry.warning");
  t.regex(String(warning.reason), /"pigeon" is not known/);
  await eventually(
    async () => receiver.metrics.size,
    (size) => size > 0,
  );
  t.is(receiver.spans.length, 0);
});

test("OTEL_SDK_DISABLED turns all of it off", async (t) => {
  const { daemon, receiver } = await telemetryDaemon(t, { env: { OTEL_SDK_DISABLED: "true" } });
  t.is((await evaluate(daemon)).status, 200);
  t.is(await daemon.stop(), 0);
  t.is(receiver.requests.length, 0);
  t.is(daemon.lines.find(({ event }) => event === "snapshot.built")?.trace_id, undefined);
});
