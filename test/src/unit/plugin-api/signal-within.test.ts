import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { boundedFetch, signalWithin } from "@vexil/plugin-api";
import test from "ava";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

async function collectFor(ms: number): Promise<void> {
  for (const end = performance.now() + ms; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
}

test("a deadline passes though garbage is collected before it, and a signal that is made of it, too", async (t) => {
  const reasons: string[] = [];
  const listen = (signal: AbortSignal): void =>
    signal.addEventListener("abort", () => reasons.push((signal.reason as Error).name));
  const open = new AbortController();
  listen(signalWithin(200, open.signal));
  listen(AbortSignal.any([signalWithin(200), open.signal]));
  await collectFor(150);
  t.deepEqual(reasons, []);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.deepEqual(reasons, ["TimeoutError", "TimeoutError"]);
});

test("it ends with the first of the others", (t) => {
  const [one, other] = [new AbortController(), new AbortController()];
  const signal = signalWithin(60_000, one.signal, other.signal);
  other.abort("closing");
  t.is(signal.reason, "closing");
});

test("a server that never answers is given up in time, whatever garbage is collected", async (t) => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.teardown(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const { signal } = new AbortController();
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const failed = boundedFetch({ deadlineMs: 200, maxBytes: 100, signal })(url).catch(({ name }: Error) => name);
  const late = new Promise((resolve) => setTimeout(resolve, 3_000, "it still waits"));
  await collectFor(150);
  t.is(await Promise.race([failed, late]), "TimeoutError");
});
