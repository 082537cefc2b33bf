import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SyncEvent } from "@vexil/engine/model/events";
import { EVENTS, type EventName, logEvent } from "@vexil/engine/observe/catalogue";
import { eventTable } from "@vexil/engine/observe/event-table";
import type { EventEntry } from "@vexil/plugin-api";
import test from "ava";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

const PLUGINS = readdirSync(join(ROOT, "plugins"));
const ofPlugins = new Map<string, Readonly<Record<string, EventEntry>>>();
for (const name of PLUGINS.filter((plugin) => existsSync(join(ROOT, "plugins", plugin, "dist/events.js")))) {
  ofPlugins.set(`plugins/${name}/src`, (await import(join(ROOT, "plugins", name, "dist/events.js"))).EVENTS);
}
const ALL_OWN: Readonly<Record<string, EventEntry>> = EVENTS;
const ALL: Readonly<Record<string, EventEntry>> = Object.assign({}, EVENTS, ...ofPlugins.values());

test("the page of events is what the catalogue makes", (t) => {
  t.is(
    readFileSync(join(ROOT, "daemon/EVENTS.md"), "utf8"),
    eventTable(...ofPlugins.values()),
    "npm run docs:events writes it",
  );
});

test("events are dotted lower case; meanings are one sentence", (t) => {
  for (const [event, { meaning, message, fields }] of Object.entries(ALL)) {
    t.regex(event, /^[a-z][a-z-]*\.[a-z][a-z-]*$/, event);
    t.regex(meaning, /^[A-Z`].*\.$/, event);
    t.notRegex(message, /\.$/, event);
    for (const field of fields) t.regex(field, /^[a-z][a-z0-9_]*$/, `${event} ${field}`);
  }
});

test("everything that happens to storages has an entry", (t) => {
  const missing: Exclude<SyncEvent["type"], EventName>[] = [];
  // @ts-expect-error an event that is no part of the catalogue
  const misspelt: EventName = "fetch.faild";
  t.deepEqual(missing, []);
  t.false(misspelt in EVENTS);
});

test("level and message come from the catalogue", (t) => {
  const lines: unknown[][] = [];
  const logger = { log: (...line: unknown[]) => void lines.push(line), child: () => logger };
  logEvent(logger, "fetch.failed", { storage: "a" }, "error");
  logEvent(logger, "daemon.ready", {});
  t.deepEqual(lines, [
    ["error", "fetch.failed", EVENTS["fetch.failed"].message, { storage: "a" }],
    ["info", "daemon.ready", EVENTS["daemon.ready"].message, {}],
  ]);
});

const sources = [
  ...["plugin-api", "git", "flags", "config", "engine"].map((name) => `core/${name}/src`),
  "daemon/src",
  ...PLUGINS.map((name) => `plugins/${name}/src`),
];

test("every line that the sources write literally is in the catalogue of where it is written, with that level and message", (t) => {
  const found: string[] = [];
  for (const source of sources) {
    for (const name of readdirSync(join(ROOT, source), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      // Examples in comments are lines of nobody.
      const text = readFileSync(join(ROOT, source, name), "utf8").replaceAll(/^ *\*.*$/gm, "");
      for (const [, level = "", event = "", message] of text.matchAll(LITERAL)) {
        const entry = (ofPlugins.get(source)?.[event] ?? ALL_OWN[event]) as EventEntry | undefined;
        found.push(event);
        t.true(entry !== undefined, `${source}/${name}: add ${event} to the catalogue`);
        t.true(
          [entry?.level, ...(entry?.alsoAt ?? [])].includes(level as never),
          `${source}/${name}: ${event} ${level}`,
        );
        if (message !== undefined) t.is(message, entry?.message ?? "", `${source}/${name}: ${event}`);
      }
    }
  }
  t.true(found.length > 5);
});

/** `.log("level", "event", "message"`; the message may be a constant. */
const LITERAL = /\.log\(\s*"([a-z]+)",\s*"([a-z.-]+)",\s*(?:"((?:[^"\\]|\\.)*)")?/g;

test("a plugin's events are its own: neither the daemon nor another plugin has one of the same name", (t) => {
  t.deepEqual(
    [...ofPlugins.keys()].sort(),
    [
      "auth-ssh",
      "authentication-jwt",
      "backend-local",
      "backend-memory",
      "backend-postgres",
      "backend-redis",
      "sink-exec",
      "sink-export",
      "sink-file",
      "sink-otlp",
    ].map((name) => `plugins/${name}/src`),
  );
  const names = [EVENTS, ...ofPlugins.values()].flatMap((catalogue) => Object.keys(catalogue));
  t.deepEqual(
    names.filter((name, index) => names.indexOf(name) !== index),
    [],
  );
});
