import type { SinkEvent } from "@vexil/plugin-api";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";
import { webhookServer } from "../helpers/sinks/webhook-server.js";

const E = "/api/v2/environments";
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const IDS = {
  "x-request-id": "r-1",
  "x-correlation-id": "deploy/42",
  traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
};

test("lines that a request has caused name it, and the work and the trace that its caller named", async (t) => {
  const { as, lines } = await rightsDaemon(t);
  const sent: readonly (readonly [event: string, answer: () => ReturnType<typeof as>, status: number])[] = [
    ["access.refused", () => as("viewer", "GET", `${E}/production/namespaces`, undefined, IDS), 403],
    ["access.refused", () => as("nobody", "POST", "/evaluate/v1/boolean", { flagKey: "on" }, IDS), 403],
    ["auth.refused", () => as("stranger", "GET", E, undefined, IDS), 401],
  ];
  for (const [event, ask, status] of sent) {
    const before = lines.length;
    const { status: given, headers } = await ask();
    t.is(given, status);
    t.is(headers.get("x-request-id"), "r-1", event);
    t.is(headers.get("x-correlation-id"), "deploy/42", event);
    const line = lines.slice(before).find((one) => one.event === event);
    t.like(line, { request_id: "r-1", correlation_id: "deploy/42", trace_id: TRACE }, event);
  }
});

test("a request without ids is given one, which its answer and its line have", async (t) => {
  const { as, lines } = await rightsDaemon(t);
  const hot = ["/evaluate/v1/boolean", { flagKey: "on" }] as const;
  for (const [event, ask] of [
    ["access.refused", () => as("nobody", "GET", `${E}/production/namespaces`)],
    ["access.refused", () => as("nobody", "POST", ...hot)],
    // On the hot path an id is made for the log alone.
    ["auth.refused", () => as("stranger", "POST", ...hot)],
  ] as const) {
    const before = lines.length;
    const { headers } = await ask();
    const line = lines.slice(before).find((one) => one.event === event);
    t.regex(String(line?.request_id), /^[0-9a-f-]{36}$/);
    t.is(headers.get("x-request-id"), line?.request_id as string);
    t.is(line?.correlation_id, line?.request_id as string);
    t.is(headers.get("x-correlation-id"), null);
    t.false(Object.hasOwn(line ?? {}, "trace_id"));
  }
});

test("ids that could break a log or a header, or are too long, are not taken over", async (t) => {
  const { as, lines } = await rightsDaemon(t);
  for (const [caller, bad] of [
    ["nobody", "a b"],
    ["viewer", "x".repeat(129)],
    ["editor", '"}{"'],
  ] as const) {
    const before = lines.length;
    const ids = { "x-request-id": bad, "x-correlation-id": bad, traceparent: `00-${"0".repeat(32)}-${bad}` };
    const { headers } = await as(caller, "GET", `${E}/production/namespaces`, undefined, ids);
    t.is(headers.get("x-correlation-id"), null, bad);
    t.regex(headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    const line = lines.slice(before).find(({ event }) => event === "access.refused");
    t.is(line?.request_id, headers.get("x-request-id") as string);
    t.false(
      Object.values(line ?? {}).some((value) => String(value).includes(bad)),
      bad,
    );
  }
});

test("a write's ids lead to its lines, its commit and what sinks are told", async (t) => {
  const server = await webhookServer(t);
  const { as, lines } = await rightsDaemon(t, {
    ...rightsConfig(),
    sinks: { ci: { type: "webhook", url: server.url, filter: { kinds: ["namespace"] } } },
  });
  const write = async (key: string, ids: Readonly<Record<string, string>>): Promise<SinkEvent | undefined> => {
    const { status, body } = await as("root", "POST", `${E}/staging/namespaces`, { key, name: key }, ids);
    t.is(status, 200);
    const events = await eventually(
      async () => server.events().filter((event) => "revision" in event && event.revision === body.revision),
      (found) => found.length > 0,
    );
    return events[0];
  };
  t.like(await write("both", IDS), { request: "r-1", correlation: "deploy/42", actor: "token:root" });
  t.like(await write("one", { "x-request-id": "r-2" }), { request: "r-2", correlation: "r-2" });
  for (const event of ["write.committed", "snapshot.built"]) {
    const line = lines.find((one) => one.event === event && one.request_id === "r-1");
    t.is(line?.correlation_id, "deploy/42", event);
  }
});
