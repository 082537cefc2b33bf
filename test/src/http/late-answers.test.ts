import test from "ava";
import type { Decision } from "../../../daemon/dist/http/rights/decision.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles } from "../helpers/flags/published-files.js";
import { openStream } from "../helpers/http/open-stream.js";
import { ADA, type Reads, startReads } from "../helpers/http/reads.js";

const ALLOWED: Decision = { allowed: true, keepMs: undefined };
const DENIED: Decision = { allowed: false, keepMs: undefined };
const AUTHORIZATION = { authorization: "Bearer ada" };

const ITEM = { namespaceKey: "ops", flagKey: "kill-switch", entityId: "e" };
const READS = [
  ["/evaluate/v1/boolean", ITEM],
  ["/evaluate/v1/variant", { ...ITEM, flagKey: "tier" }],
  ["/evaluate/v1/batch", { requests: [ITEM] }],
  ["/ofrep/v1/evaluate/flags/kill-switch", { context: { targetingKey: "e" } }],
  ["/ofrep/v1/evaluate/flags", { context: { targetingKey: "e" } }],
  ["/client/v2/environments/default/namespaces/ops/snapshot", undefined],
] as const;

async function ask({ url }: Reads, path: string, body: unknown): Promise<number> {
  const method = body === undefined ? "GET" : "POST";
  const headers = { ...AUTHORIZATION, "x-flipt-namespace": "ops" };
  const response = await fetch(`${url}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

for (const [path, body] of READS) {
  test(`what is asked about rights takes its time, and meanwhile a credential is withdrawn: ${path}`, async (t) => {
    const reads = await startReads(t);
    let decided: ((decision: Decision) => void) | undefined;
    reads.decide = () =>
      new Promise((resolve) => {
        decided = resolve;
      });
    const status = ask(reads, path, body);
    await eventually(async () => decided, Boolean);
    reads.whose = async () => undefined;
    reads.callers.forget();
    decided?.(ALLOWED);
    t.is(await status, 401);
  });
}

test("who became somebody else meanwhile is judged as that one", async (t) => {
  const reads = await startReads(t);
  let decided: ((decision: Decision) => void) | undefined;
  reads.decide = () =>
    new Promise((resolve) => {
      decided = resolve;
    });
  const status = ask(reads, ...READS[0]);
  await eventually(async () => decided, Boolean);
  reads.whose = async () => ({ ...ADA, id: "bob" });
  reads.callers.forget();
  reads.decide = async () => DENIED;
  decided?.(ALLOWED);
  t.is(await status, 403);
});

test("a right that is taken away while a batch waits for another one does not count", async (t) => {
  const reads = await startReads(t);
  let decided: ((decision: Decision) => void) | undefined;
  reads.decide = ({ namespace }) =>
    namespace === "ops"
      ? Promise.resolve(ALLOWED)
      : new Promise((resolve) => {
          decided = resolve;
        });
  const body = JSON.stringify({ requests: [ITEM, { ...ITEM, namespaceKey: "default" }] });
  const headers = AUTHORIZATION;
  const answer = fetch(`${reads.url}/evaluate/v1/batch`, { method: "POST", headers, body });
  await eventually(async () => decided, Boolean);
  reads.decide = async () => DENIED;
  reads.process.rightsChanged();
  decided?.(ALLOWED);
  const { responses } = (await (await answer).json()) as { readonly responses: readonly { readonly type: string }[] };
  t.deepEqual(
    responses.map(({ type }) => type),
    Array(2).fill("ERROR_EVALUATION_RESPONSE_TYPE"),
  );
});

for (const [path, body] of READS) {
  test(`environments that come and go have what a request may asked for once more, and not without end: ${path}`, async (t) => {
    const reads = await startReads(t);
    const decisions: ((decision: Decision) => void)[] = [];
    reads.decide = () => new Promise((resolve) => decisions.push(resolve));
    const status = ask(reads, path, body);
    for (let asked = 1; asked <= 2; asked += 1) {
      await eventually(
        async () => decisions.length,
        (length) => length === asked,
      );
      for (let change = 0; change < 10; change += 1) reads.process.environmentsChanged();
      decisions[asked - 1]?.(ALLOWED);
    }
    t.is(await status, 200);
    t.is(decisions.length, 2);
  });
}

test.serial("a stream gets nothing new while nobody can say whose it is, and all of it afterwards", async (t) => {
  const reads = await startReads(t);
  const opening = openStream(t, `${reads.url}/client/v2/environments/default/namespaces/ops/stream`, AUTHORIZATION);
  await eventually(async () => reads.waiting.length, Boolean);
  for (const give of reads.waiting) give();
  const stream = await opening;
  await stream.until(() => stream.messages().length === 1);
  let known: (() => void) | undefined;
  reads.whose = () =>
    new Promise((resolve) => {
      known = () => resolve(ADA);
    });
  reads.callers.forget();
  await eventually(async () => known, Boolean);
  const files = exampleFiles();
  const publish = async (percentage: number, byMs: number): Promise<void> => {
    const text = (files["ops/features.yaml"] ?? "").replace("percentage: 12.5", `percentage: ${percentage}`);
    await reads.publisher.publish("default", { ...files, "ops/features.yaml": text });
    const steady = performance.now.bind(performance);
    performance.now = () => steady() + byMs;
    try {
      reads.process.published("default", ["ops"]);
    } finally {
      performance.now = steady;
    }
  };
  await publish(33, 0);
  await stream.until((text) => text.includes(`"percentage":33`));
  await publish(44, 5000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.false(stream.text().includes(`"percentage":44`));
  known?.();
  await stream.until((text) => text.includes(`"percentage":44`));
  t.false(stream.text().includes("denied"));
});
