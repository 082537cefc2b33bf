import { createHmac } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { generatedFiles } from "./generated-flags.js";
import type { BenchRow } from "./row.js";

const FLAGS = 10_000;
const PUSHES = 100;
/** Pushes that are not counted: code is compiled, connections are made. */
const WARM_UP = 5;
const PAUSE_MS = 50;
const SECRET = "bench";
const SERVED_MS = 250;
const DELAY_MS = 10;

/**
 * Pushes of one changed flag, each announced by a webhook: from the announcement to the message on a stream that the new
 * state is served, beside native git fetching the same push from the same server. What the daemon's event loop does
 * meanwhile is what its own metrics say.
 */
export async function benchWebhook(scope: Scope): Promise<readonly BenchRow[]> {
  const files = generatedFiles(FLAGS);
  const [path = "", text = ""] = [...files][0] ?? [];
  const repository = await temporaryRepository(scope, { files: Object.fromEntries(files) });
  const server = await startGitHttpServer(scope, repository.path);
  const clone = await repository.clone();
  await nativeGit(["-C", clone, "remote", "set-url", "origin", server.url]);
  const daemon = await startDaemon(scope, {
    config: {
      storage: { default: { remote: server.url, poll_interval: "1h", webhook: { type: "github", secret: SECRET } } },
      log: { level: "info" },
    },
  });
  const namespace = path.split("/")[0];
  const stream = await openStream(scope, `${daemon.url}/client/v2/environments/default/namespaces/${namespace}/stream`);
  await stream.until(() => stream.messages().length > 0);
  const body = '{"ref":"refs/heads/main"}';
  const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
  const push = (round: number): Promise<string> =>
    repository.commit({ [path]: text.replace("enabled: true", `enabled: ${round % 2 === 1}`) });

  await eventLoopDelay(daemon);
  await setTimeout(2_000);
  const idle = await eventLoopDelay(daemon);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < PUSHES + WARM_UP; round += 1) {
    if (round === WARM_UP) await eventLoopDelay(daemon);
    await push(round);
    const before = stream.messages().length;
    const announced = performance.now();
    const { status } = await daemon.post("/hooks/default", body, { "x-hub-signature-256": signature });
    if (status !== 202) throw new Error(`the webhook was answered with ${status}`);
    await stream.until(() => stream.messages().length > before, 30_000);
    if (round >= WARM_UP) ours.push(performance.now() - announced);
    // A forge's pushes do not come on each other's heels; a burst's second poll is over before the next one.
    await setTimeout(PAUSE_MS);
  }
  const busy = await eventLoopDelay(daemon);
  for (let round = 0; round < 20; round += 1) {
    await push(round);
    const started = performance.now();
    await nativeGit(["-C", clone, "fetch", "-q", "origin", "main"]);
    theirs.push(performance.now() - started);
  }
  await daemon.stop();
  const ms = (value: number): string => `${value.toFixed(1)} ms`;
  const measure = `push to served through a webhook, ${FLAGS.toLocaleString("en")} flags`;
  const reference = `${ms(percentile(theirs, 50))} (native git fetch alone)`;
  const [median, worst] = [percentile(ours, 50), percentile(ours, 99)];
  return [
    { measure: `${measure}, p50`, goal: "", figure: ms(median), reference, ratio: median / percentile(theirs, 50) },
    { measure: `${measure}, p99`, goal: "≤ 250 ms", figure: ms(worst), reference: "250 ms", ratio: worst / SERVED_MS },
    {
      measure: "event loop delay over idle meanwhile, p99",
      goal: "≤ 10 ms",
      figure: ms(busy - idle),
      reference: `${ms(idle)} (idle)`,
      ratio: (busy - idle) / DELAY_MS,
    },
  ];
}

/** 99 % of the daemon's event loop turns since this was asked last were below that many milliseconds late. */
async function eventLoopDelay(daemon: RunningDaemon): Promise<number> {
  const { body } = await daemon.get("/metrics");
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(body)?.[1]) * 1000;
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
