import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { PipelinedRequests } from "../../../daemon/dist/http/limits/pipelined-requests.js";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";

const DESCRIPTION = rawRequest("GET /openapi.json");

function start(t: ExecutionContext): Promise<RunningDaemon> {
  return startDaemon(t, { config: { storage: { default: {} }, server: { workers: 2 } } });
}

async function statuses(connection: RawConnection): Promise<readonly number[]> {
  const seen: number[] = [];
  for (;;) {
    const answer = await connection.answer().catch(() => undefined);
    if (answer === undefined) return seen;
    seen.push(answer.status);
    if (answer.headers.connection === "close") return seen;
  }
}

test("of requests sent ahead of their answers a connection has a few under way, and the rest are refused", async (t) => {
  const daemon = await start(t);
  const connection = await RawConnection.open(t, daemon.url);
  const seen = await statuses(connection.write(DESCRIPTION.repeat(400)));
  const answered = seen.filter((status) => status === 200).length;
  t.true(answered >= 8 && answered <= 40, `${answered} were answered`);
  t.deepEqual(seen.slice(answered), [429]);
  await connection.ended();
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  t.regex(metrics, /^vexil_http_refused_total\{reason="requests"\} [1-9]/m);
});

test("a few requests sent ahead are answered in their order", async (t) => {
  const daemon = await start(t);
  const connection = await RawConnection.open(t, daemon.url);
  const paths = [
    "/openapi.json",
    "/health/live",
    "/api/status",
    "/meta/info",
    "/health",
    "/nowhere",
    "/api/v1/nothing",
  ];
  connection.write(paths.map((path) => rawRequest(`GET ${path}`)).join(""));
  const answers = [];
  for (const _ of paths) answers.push(await connection.answer());
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 404, 404],
  );
  t.true(answers[0]?.body.includes('"openapi"'));
  t.true(answers[2]?.body.includes('"storages"'));
});

test("answers that wait for their turn end with their connection, whoever ends it", async (t) => {
  const pipelined = new PipelinedRequests();
  const ended: number[] = [];
  let arrived = 0;
  const server = createServer((request, response) => {
    const number = arrived++;
    pipelined.add(request, response);
    response.once("close", () => ended.push(number));
    // All but the first are written, and wait for it.
    if (number > 0) response.end("late");
    if (number === 9) request.socket.destroy();
  });
  t.teardown(() => server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const connection = await RawConnection.open(t, `http://127.0.0.1:${port}`);
  await connection.write(rawRequest("GET /").repeat(10)).ended();
  await eventually(
    async () => ended.length,
    (count) => count === 10,
  );
  t.deepEqual([...ended].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
