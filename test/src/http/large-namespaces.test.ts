import test, { type ExecutionContext } from "ava";
import { FilePublisher } from "../helpers/flags/published-files.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { storageStatus } from "../helpers/http/storage-status.js";

const flag = (index: number, enabled = false): string =>
  `  - key: flag-${index}\n    name: Flag ${index}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: ${enabled}\n`;
const FLAGS = Array.from({ length: 2_500 }, (_, index) => flag(index));
const fileOf = (flags: readonly string[]): string => `namespace: many\nflags:\n${flags.join("")}segments: []\n`;

/** The states that are served one after the other. */
const STATES: readonly (readonly string[])[] = [
  FLAGS,
  FLAGS.with(1_200, flag(1_200, true)),
  [flag(9_000, true), ...FLAGS.slice(1), flag(9_001)],
  [...FLAGS.slice(2_000), ...FLAGS.slice(0, 1_500)],
  FLAGS.slice(0, 10),
  FLAGS,
];

const PATH = "internal/v1/evaluation/snapshot/namespace/many";

async function serve(t: ExecutionContext, workers: number) {
  let next = 0;
  let publisher: FilePublisher | undefined;
  const server = await startTestServer(t, {
    serverConfig: { workers, shutdownTimeoutMs: 1000 },
    engine: {
      sync: async () => {
        await publisher?.publish("default", { "many/features.yaml": fileOf(STATES[next] ?? []) });
        return storageStatus({ id: "default" });
      },
    },
  });
  publisher = new FilePublisher(t, server.snapshots);
  const { url, snapshots } = server;
  /** Serves a state by a request, whose answer comes when every worker serves it. */
  const publish = async (index: number): Promise<{ readonly json: string; readonly digest: string }> => {
    next = index;
    await fetch(`${url}/api/storages/default/sync?wait=true`, { method: "POST" });
    const namespace = snapshots.get("default")?.snapshot?.namespaces.get("many");
    return { json: namespace?.clientJson ?? "", digest: namespace?.digest ?? "" };
  };
  return { url, publish };
}

for (const workers of [1, 2]) {
  test.serial(`a large namespace is answered as it is, whatever changes: ${workers} processes that read`, async (t) => {
    const { url, publish } = await serve(t, workers);
    for (const [index, flags] of STATES.entries()) {
      const { json, digest } = await publish(index);
      // As many as reach every worker.
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => fetch(`${url}/${PATH}`, { headers: { connection: "close" } })),
      );
      for (const answer of answers) {
        t.is(answer.headers.get("etag"), digest);
        t.true((await answer.text()) === json, `state ${index}`);
      }
      const same = await fetch(`${url}/${PATH}`, { headers: { "if-none-match": digest } });
      t.is(same.status, 304);
      const bulk = await fetch(`${url}/ofrep/v1/evaluate/flags`, {
        method: "POST",
        headers: { connection: "close", "x-flipt-namespace": "many" },
        body: '{"context":{"targetingKey":"e"}}',
      });
      const keys = ((await bulk.json()) as { flags: { key: string; value: boolean }[] }).flags;
      const expected = flags.map(
        (text) => [/key: (.*)/.exec(text)?.[1] ?? "", text.includes("enabled: true")] as const,
      );
      t.deepEqual(
        keys.map(({ key, value }) => [key, value]),
        expected.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, enabled]) => [key, enabled]),
      );
    }
  });
}

test.serial("streams get a large namespace when it changes, plain and compressed", async (t) => {
  const { url, publish } = await serve(t, 2);
  const first = await publish(0);
  const stream = `${url}/client/v2/environments/default/namespaces/many/stream`;
  const plain = await openStream(t, stream);
  const zipped = await openStream(t, stream, { "accept-encoding": "gzip" });
  const message = (json: string): string => `{"result":${json}}`;
  for (const opened of [plain, zipped]) {
    await opened.until((text) => text.split("\n").length === 2 && text.endsWith("\n"));
    t.true(opened.messages()[0] === message(first.json));
  }
  const second = await publish(1);
  for (const opened of [plain, zipped]) {
    await opened.until((text) => text.split("\n").length === 3 && text.endsWith("\n"));
    t.true(opened.messages()[1] === message(second.json));
  }
  const bytes = await fetch(`${url}/${PATH}`, { headers: { "accept-encoding": "gzip" } });
  t.is(bytes.headers.get("content-encoding"), "gzip");
  t.true((await bytes.text()) === second.json);
});
