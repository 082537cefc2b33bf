import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, CDPSession, Page } from "playwright-core";
import { BROWSER_DEADLINE_MS, launchChromium } from "../helpers/browser/launch-chromium.js";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { grown, type Held } from "./growth.js";

const FILE = "default/features.yaml";
const FLAGS = 200;
/** Flags that each commit changes, by an event each. */
const CHANGED = 20;
/** Commits that come without a pause, where no time is given. */
const AT_ONCE = 10;
/** From one commit to the next, where a time is given. */
const PACE_MS = 2_000;
/** Pages are as full as they become after these: the tail of events, the first page of the history. */
const FILLING = 30;
/** Besides the one of full pages. */
const SAMPLES = 5;
/** With a time, one is taken so often. */
const SAMPLED_EVERY_MS = 300_000;
/** A crowded machine may give a browser no turn for so long. */
const SHOWN_MS = 300_000;
/** No soak takes as long. */
const LIFETIME_MS = 24 * 3_600_000;
/** Marks of what has just changed are gone by then. */
const QUIET_MS = 8_000;

/** Commits in groups, and when they come. */
interface Course {
  /** Commits of a group, without a pause. */
  readonly atOnce: number;
  /** Least time of a group; 0: as fast as pages show them. */
  readonly paceMs: number;
  /** How much of it is done after so many groups and so much time; 1: it is over. */
  readonly done: (groups: number, passedMs: number) => number;
  readonly samples: number;
}

interface FollowingPage {
  readonly name: string;
  readonly page: Page;
  readonly session: CDPSession;
  readonly samples: Held[];
  /** Text that it shows once so many commits have come. */
  readonly shows: (commits: number) => string;
}

/** State after so many commits: each gives the next flags another name. */
function features(commits: number): string {
  const flag = (index: number): string => `- {key: flag-${index}, name: ${nameAfter(commits, index)}, enabled: true}\n`;
  return `namespace: default\nflags:\n${Array.from({ length: FLAGS }, (_, index) => flag(index)).join("")}`;
}

function nameAfter(commits: number, index: number): string {
  const turns = Math.floor((commits * CHANGED - index + FLAGS - 1) / FLAGS);
  return `Flag ${index} of turn ${Math.max(0, turns)}`;
}

async function sample(session: CDPSession): Promise<Held> {
  // What is only weakly held goes with the second.
  for (let round = 0; round < 2; round += 1) await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
  return { heapBytes: usedSize, nodes, listeners: jsEventListeners };
}

function courseOf(commits: number, minutes: number | undefined): Course {
  if (minutes === undefined) {
    return { atOnce: AT_ONCE, paceMs: 0, done: (groups) => (groups * AT_ONCE) / commits, samples: SAMPLES };
  }
  const wholeMs = minutes * 60_000;
  const samples = Math.max(SAMPLES, Math.round(wholeMs / SAMPLED_EVERY_MS));
  return { atOnce: 1, paceMs: PACE_MS, done: (_groups, passedMs) => passedMs / wholeMs, samples };
}

/**
 * Has pages follow the events of many commits, and prints what they hold; the exit code says whether that is flat.
 * @param asked for so many minutes, at an even pace; without them so many commits as fast as they are shown
 */
export async function consoleMain(asked: {
  readonly commits: number;
  readonly minutes: number | undefined;
}): Promise<void> {
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  try {
    const remote = await temporaryRepository(scope, { files: { [FILE]: features(0) } });
    const daemon = await startDaemon(scope, {
      config: { storage: { default: { remote: remote.path, poll_interval: "1s" } } },
      lifetimeMs: LIFETIME_MS,
    });
    const browser = await launchChromium();
    scope.teardown(() => browser.close());
    const pages = await openPages(browser, daemon.url);
    await follow(pages, { remote, daemon }, courseOf(asked.commits, asked.minutes));
    // Just filled, a page may hold half a megabyte less than after one more commit: what it showed before is held as well.
    const growing = pages.flatMap(({ name, samples: [, ...samples] }) =>
      grown(samples).map((what) => `${name}: ${what} grows`),
    );
    console.log(growing.length === 0 ? "nothing grows" : growing.join("\n"));
    process.exitCode = growing.length === 0 ? 0 : 1;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function openPages(browser: Browser, url: string): Promise<readonly FollowingPage[]> {
  const context = await browser.newContext();
  context.setDefaultTimeout(BROWSER_DEADLINE_MS);
  const open = async (name: string, path: string, shows: FollowingPage["shows"]): Promise<FollowingPage> => {
    const page = await context.newPage();
    await page.goto(url + path);
    await page.getByText(shows(0)).first().waitFor();
    return { name, page, session: await context.newCDPSession(page), samples: [], shows };
  };
  const place = "/environments/default/namespaces/default";
  return [
    await open("flags", `${place}/flags`, (commits) => nameAfter(commits, 0)),
    await open("flag", `${place}/flags/flag-0`, (commits) => nameAfter(commits, 0)),
    await open("history", `${place}/history`, (commits) => (commits === 0 ? "History" : `Commit ${commits}`)),
    await open("status", "/status", (commits) => (commits === 0 ? "Live" : `Commit ${commits}`)),
  ];
}

/**
 * Commits as the course has it, each group of which is served before the next; samples are taken on the way. Pages are
 * asked for nothing but then: each question leaves something behind in their heaps.
 */
async function follow(
  pages: readonly FollowingPage[],
  { remote, daemon }: { readonly remote: TemporaryRepository; readonly daemon: RunningDaemon },
  { atOnce, paceMs, done, samples }: Course,
): Promise<void> {
  let count = 0;
  const commit = async (number: number): Promise<void> => {
    for (const last = count + number; count < last; ) {
      count += 1;
      await remote.commit({ [FILE]: features(count) }, { message: `Commit ${count}` });
    }
    const head = await remote.head();
    const isServed = async (): Promise<boolean> => (await daemon.get("/api/status")).body.storages[0].revision === head;
    await eventually(isServed, (served) => served, SHOWN_MS);
  };
  await commit(FILLING);
  const began = Date.now();
  const lookAtAll = async (): Promise<void> => {
    for (const { page, shows } of pages) await page.getByText(shows(count)).first().waitFor({ timeout: SHOWN_MS });
    await sleep(QUIET_MS);
    for (const { name, session, samples: taken } of pages) {
      const held = await sample(session);
      taken.push(held);
      const megabytes = (held.heapBytes / 2 ** 20).toFixed(2);
      const after = `${count * CHANGED} events and ${((Date.now() - began) / 60_000).toFixed(1)} minutes`;
      console.log(`${name}: ${megabytes} MB, ${held.nodes} nodes, ${held.listeners} listeners after ${after}`);
    }
  };
  await lookAtAll();
  for (let [groups, taken] = [1, 0]; taken < samples; groups += 1) {
    await commit(atOnce);
    if (done(groups, Date.now() - began) >= (taken + 1) / samples) {
      await lookAtAll();
      taken += 1;
    }
    await sleep(Math.max(0, began + groups * paceMs - Date.now()));
  }
}
