import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession, Page } from "playwright-core";
import { BROWSER_DEADLINE_MS, launchChromium } from "../helpers/browser/launch-chromium.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FILE = "default/features.yaml";
const FLAGS = 200;
/** Flags that each commit changes, by an event each. */
const CHANGED = 20;
/** Commits that come without a pause. */
const AT_ONCE = 10;
const SAMPLES = 5;
/** Marks of what has just changed are gone by then. */
const QUIET_MS = 8_000;
/** Growth that a heap is allowed from the first sample to the last. */
const ALLOWED = { share: 1.1, bytes: 2 ** 20 };

interface Sample {
  readonly events: number;
  readonly heapBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

/** State after so many commits: each gives the next flags another name. */
function features(commits: number): string {
  const flag = (index: number): string => {
    const turns = Math.floor((commits * CHANGED - index + FLAGS - 1) / FLAGS);
    return `- {key: flag-${index}, name: Flag ${index} of turn ${Math.max(0, turns)}, enabled: true}\n`;
  };
  return `namespace: default\nflags:\n${Array.from({ length: FLAGS }, (_, index) => flag(index)).join("")}`;
}

async function sample(session: CDPSession, events: number): Promise<Sample> {
  // What is only weakly held goes with the second.
  for (let round = 0; round < 2; round += 1) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return { events, heapBytes: usedSize, nodes, listeners: jsEventListeners };
}

/** Has two pages follow the events of many commits, and prints their heaps; the exit code says whether those are flat. */
export async function consoleMain({ commits }: { readonly commits: number }): Promise<void> {
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  const remote = await temporaryRepository(scope, { files: { [FILE]: features(0) } });
  const daemon = await startDaemon(scope, {
    config: { storage: { default: { remote: remote.path, poll_interval: "1s" } } },
  });
  const browser = await launchChromium();
  undo.push(() => browser.close());
  const context = await browser.newContext();
  context.setDefaultTimeout(BROWSER_DEADLINE_MS);
  const open = async (path: string): Promise<{ page: Page; session: CDPSession; samples: Sample[] }> => {
    const page = await context.newPage();
    await page.goto(daemon.url + path);
    return { page, session: await context.newCDPSession(page), samples: [] };
  };
  const flags = await open("/environments/default/namespaces/default/flags");
  await flags.page.getByText("Flag 0 of turn 0").waitFor();
  const status = await open("/status");
  await status.page.getByText("Live", { exact: true }).waitFor();

  const rounds = Math.ceil(commits / AT_ONCE);
  const sampled = new Set(Array.from({ length: SAMPLES }, (_, index) => Math.ceil((rounds * (index + 1)) / SAMPLES)));
  const began = Date.now();
  for (let round = 1; round <= rounds; round += 1) {
    for (let one = 1; one <= AT_ONCE; one += 1) {
      const count = (round - 1) * AT_ONCE + one;
      await remote.commit({ [FILE]: features(count) }, { message: `Commit ${count}` });
    }
    const count = round * AT_ONCE;
    await status.page.getByText(`Commit ${count}`, { exact: false }).first().waitFor();
    await flags.page.getByText(`Flag 0 of turn ${Math.ceil((count * CHANGED) / FLAGS)}`, { exact: true }).waitFor();
    if (!sampled.has(round)) continue;
    await sleep(QUIET_MS);
    for (const { session, samples } of [flags, status]) samples.push(await sample(session, count * CHANGED));
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  for (const step of undo.reverse()) await step();

  let problems = 0;
  console.log(`${rounds * AT_ONCE * CHANGED} events of ${rounds * AT_ONCE} commits within ${seconds} s`);
  for (const [name, { samples }] of Object.entries({ flags, status })) {
    for (const { events, heapBytes, nodes, listeners } of samples) {
      const megabytes = (heapBytes / 2 ** 20).toFixed(2);
      console.log(`${name}: ${megabytes} MB, ${nodes} nodes, ${listeners} listeners after ${events} events`);
    }
    const [first, last] = [samples[0]?.heapBytes ?? 0, samples.at(-1)?.heapBytes ?? 0];
    const isFlat = last <= first * ALLOWED.share + ALLOWED.bytes;
    if (!isFlat) console.log(`${name}: grows`);
    problems += Number(!isFlat);
  }
  process.exitCode = problems === 0 ? 0 : 1;
}
