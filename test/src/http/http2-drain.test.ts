import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request as tlsRequest } from "node:https";
import { connect } from "node:tls";
import type { StorageStatus } from "@vexil/engine/model/storage-status";
import test from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { startTestServer } from "../helpers/http/http-server.js";
import {
  http2Session,
  NGHTTP2_NO_ERROR,
  openEvents,
  send,
  sessionEnd,
  tlsFiles,
} from "../helpers/http/http2-client.js";
import { storageStatus } from "../helpers/http/storage-status.js";

const STREAM = "/client/v2/environments/default/namespaces/default/stream";

const STATUS = storageStatus();

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";
  test(`draining TLS (${processes}): what is under way is answered, streams and connections end in peace`, async (t) => {
    const tls = await tlsFiles(t);
    const waiting: ((status: StorageStatus) => void)[] = [];
    let asked = (): void => {};
    const { url, server, snapshots } = await startTestServer(t, {
      // Never reached: what ends, ends by itself.
      serverConfig: { ...tls.server, workers, shutdownTimeoutMs: 600_000 },
      engine: {
        sync: () =>
          new Promise((resolve) => {
            waiting.push(resolve);
            asked();
          }),
      },
    });
    await new FilePublisher(t, snapshots).publish("default", exampleFiles());
    const [idle, busy] = await Promise.all([1, 2].map(() => http2Session(t, url, tls.certificate)));
    if (idle === undefined || busy === undefined) return t.fail();
    t.is((await send(idle, "GET", "/health/live")).status, 200);
    const events = openEvents(busy, STREAM);
    await events.until((text) => text.includes("\n\n"));
    const bothAsked = new Promise<void>((resolve) => {
      asked = () => waiting.length === 2 && resolve();
    });
    const slow = send(busy, "POST", "/api/storages/main/sync?wait=true", { body: "" });
    const agent = new Agent({ keepAlive: true, ca: tls.certificate.ca });
    t.teardown(() => agent.destroy());
    const older = tlsRequest(`${url}/api/storages/main/sync?wait=true`, { method: "POST", agent }).end();
    const olderAnswers = once(older, "response");
    await bothAsked;
    const { hostname, port } = new URL(url);
    const fresh = connect({ host: hostname, port: Number(port), ca: tls.certificate.ca });
    await once(fresh, "secureConnect");
    fresh.resume();
    const freshEnds = once(fresh, "close");

    const ends = [idle, busy].map(sessionEnd);
    const closed = server.close();
    t.is(await events.ended, NGHTTP2_NO_ERROR);
    t.is(await ends[0], NGHTTP2_NO_ERROR);
    // By then every connection without a request is gone, and those that wait for an answer are not.
    await freshEnds;
    for (const answer of waiting) answer(STATUS);
    t.is((await slow).status, 200);
    const [answer] = (await olderAnswers) as [IncomingMessage];
    answer.resume();
    t.is(answer.statusCode, 200);
    t.is(await ends[1], NGHTTP2_NO_ERROR);
    await closed;
  });
}

test("connections of HTTP/2 that are left at the shutdown timeout are cut", async (t) => {
  const tls = await tlsFiles(t);
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { url, server } = await startTestServer(t, {
    serverConfig: { ...tls.server, shutdownTimeoutMs: 300 },
    engine: {
      sync: () => {
        asked();
        return new Promise(() => {});
      },
    },
  });
  const session = await http2Session(t, url, tls.certificate);
  const hanging = send(session, "POST", "/api/storages/main/sync?wait=true", { body: "" });
  hanging.catch(() => {});
  await isAsked;
  await server.close();
  await t.throwsAsync(hanging);
});
