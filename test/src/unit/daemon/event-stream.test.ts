import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { atCommit } from "@vexil/engine/sinks/event-reader";
import test from "ava";
import { EventStream, type EventStreamParts } from "../../../../daemon/dist/http/events/event-stream.js";

const [OLD, NEW] = ["a".repeat(40), "b".repeat(40)] as const;

/** A stream of one environment `e`, of whose page of two events the first is judged when the test says so. */
function judged() {
  let text = "";
  let allow = (): void => {};
  let asked = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const verdict = new Promise<string>((resolve) => {
    allow = () => resolve('"seen"');
  });
  const response = Object.assign(new PassThrough(), { writeHead: () => {}, socket: null });
  response.on("data", (chunk) => {
    text += String(chunk);
  });
  const readied: string[] = [];
  const before = { at: OLD, to: NEW, told: 0 };
  const events = [1, 2].map((id) => ({ event: { id }, text: `"${id}"` }));
  const reader = {
    head: () => NEW,
    ready: (environment: string) => void readied.push(environment),
    next: async (_: string, { at }: { at: string }) =>
      at === NEW ? undefined : { before, events, after: atCommit(NEW) },
  };
  const sight = {
    text: () => {
      asked();
      return verdict;
    },
    shows: async () => false,
  };
  const parts = {
    ...{ response, reader, sight, key: new Uint8Array(32), follow: true },
    states: { unready: () => new Map(), newest: 0, since: () => [], difference: () => [] },
    start: { places: new Map([["e", atCommit(OLD)]]), doubtful: new Set(), told: undefined, fromBeginning: false },
    isWanted: () => true,
    isHeld: () => false,
    closed: () => {},
  };
  const stream = new EventStream(parts as unknown as EventStreamParts);
  return { stream, isAsked, allow, readied, text: () => text };
}

test("events that are judged while their environment goes are not told, and it is not followed any more", async (t) => {
  const { stream, isAsked, allow, text } = judged();
  stream.start();
  await isAsked;
  stream.removed("e");
  allow();
  await sleep(20);
  t.notRegex(text(), /data:/);
  // As if another one had come by its name, which may not be seen.
  stream.published("e");
  await sleep(20);
  t.notRegex(text(), /data:/);
  stream.end();
});

test("events that are judged while all stays as it is are told", async (t) => {
  const { stream, isAsked, allow, readied, text } = judged();
  stream.start();
  await isAsked;
  t.deepEqual(readied, []);
  allow();
  await sleep(20);
  t.is(text().match(/data:/g)?.length, 2);
  // What comes next is told from the state that is served now.
  t.deepEqual(readied, ["e"]);
  stream.end();
});
