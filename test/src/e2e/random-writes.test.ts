import assert from "node:assert/strict";
import { readLayout } from "@vexil/flags/read/file-layout";
import test from "ava";
import fc from "fast-check";
import type { Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { type Model, makeWrite, type Resource, type Write, writes } from "../helpers/flags/random-resources.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const RUNS = Number(process.env.VEXIL_RANDOM_WRITES ?? 15);

/** Files of one namespace each, every one in a style of its own. */
const STYLES: Readonly<Record<string, string>> = {
  "block/features.yaml": `# the head\nversion: "1.6"\nnamespace: block\n\nflags:\n  # about one\n  - key: one\n    name:   "One"  # kept\n    enabled: true\n\n  # about two\n  - key: two\n    name: Two\nsegments:\n  - key: all # here too\n    name: All\n    match_type: ALL_MATCH_TYPE\n# the end\n`,
  "dense/features.yaml": `namespace: {key: dense, name: Dense}\nflags:\n- {key: one, name: One, enabled: true}   # one line\n- key: two\n  name: 'Two'\n  metadata: {b: 1, a: [x, y]}\nsegments: [{key: all, name: All, match_type: ANY_MATCH_TYPE}]\n`,
  "old/features.yml": `version: "1.2"\r\nnamespace: old\r\nflags:\r\n    - key: one\r\n      name: One\r\n    - name: Two\r\n      key: two\r\nsegments:\r\n    - key: all\r\n      name: All\r\n      match_type: ANY_MATCH_TYPE\r\n`,
  "deep/er/features.json": `{\n  "namespace": "json",\n  "flags": [\n    {"key": "one", "name": "One"},\n    {"key": "two", "name": "Two"}\n  ],\n  "segments": [{"key": "all", "name": "All", "match_type": "ALL_MATCH_TYPE"}]\n}\n`,
  "many/features.yaml": `namespace: first\nflags:\n  - key: one\n    name: One # of the first\n---\n# about the second\nnamespace: second\nflags:\n  - {key: one, name: One}\nsegments:\n  - key: all\n    name: All\n    match_type: ALL_MATCH_TYPE\n`,
};

interface Started {
  readonly repository: TemporaryRepository;
  call(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: Json }>;
  list(namespace: string, type: Resource["type"]): Promise<readonly Json[]>;
}

async function start(scope: Scope): Promise<Started> {
  const repository = await temporaryRepository(scope, { files: STYLES });
  const daemon = await inProcessDaemon(scope, {
    storage: { default: { backend: { type: "local", path: repository.path, watch: false } } },
  });
  await (await daemon.start()).settled;
  const call: Started["call"] = async (method, path, body) => {
    const response = await fetch(`${daemon.url()}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const list: Started["list"] = async (namespace, type) => {
    const { body } = await call("GET", `/api/v2/environments/default/namespaces/${namespace}/resources/${type}`);
    return body.resources.map(({ payload }: Json) => payload);
  };
  return { repository, call, list };
}

/** Reads what is served at the start, as the model begins. */
async function modelOf({ list, call }: Started): Promise<Model> {
  const { body } = await call("GET", "/api/v2/environments/default/namespaces");
  const model: Model = new Map();
  for (const { key } of body.items) {
    if (key === "default") continue;
    const items = new Map<Resource["type"], Map<string, Json>>();
    for (const type of ["flipt.core.Flag", "flipt.core.Segment"] as const) {
      items.set(type, new Map((await list(key, type)).map((payload) => [payload.key, payload])));
    }
    model.set(key, items);
  }
  return model;
}

/** Where a namespace is. */
const PLACES: Readonly<Record<string, { readonly file: string; readonly document: number }>> = {
  block: { file: "block/features.yaml", document: 0 },
  dense: { file: "dense/features.yaml", document: 0 },
  old: { file: "old/features.yml", document: 0 },
  json: { file: "deep/er/features.json", document: 0 },
  first: { file: "many/features.yaml", document: 0 },
  second: { file: "many/features.yaml", document: 1 },
};

/** A file without one item: the texts of the others, and all that lies between them. */
function without(text: string, document: number, list: string, index: number): readonly [readonly string[], string] {
  const others: string[] = [];
  let rest = "";
  let at = 0;
  for (const [number, { entries }] of readLayout(text).documents.entries()) {
    for (const { name, items } of entries) {
      if (name !== "flags" && name !== "segments") continue;
      for (let item = 0; item < items.length / 2; item += 1) {
        const [start = 0, last = 0] = items.slice(item * 2);
        // A comment behind an item's last line belongs to it.
        const end = last + (/^[ \t]*#[^\r\n]*/.exec(text.slice(last))?.[0].length ?? 0);
        if (number !== document || name !== list || item !== index) others.push(text.slice(start, end));
        rest += text.slice(at, start);
        at = end;
      }
    }
  }
  // What separates items comes and goes with them.
  return [others, (rest + text.slice(at)).replaceAll(/[\s,]+/g, "")];
}

async function holds(script: readonly Write[]): Promise<void> {
  const undo: (() => unknown)[] = [];
  try {
    await holdsIn({ teardown: (step) => void undo.push(step) }, script);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function holdsIn(scope: Scope, script: readonly Write[]): Promise<void> {
  const started = await start(scope);
  const { repository, call, list: show } = started;
  const model = await modelOf(started);
  const first = await repository.head();
  const texts = new Map<string, string>();
  for (const { file } of Object.values(PLACES)) texts.set(file, await repository.read(file));
  /** Files that each commit is to change. */
  const files: string[] = [];
  for (const write of script) {
    const made = makeWrite(write, model);
    if (made === undefined) continue;
    const { method, namespace, resource, path, body, payload, stored } = made;
    const { file, document } = PLACES[namespace]!;
    const before = texts.get(file) ?? "";
    const items = model.get(namespace)?.get(resource.type);
    const count = items?.size ?? 0;
    const found = [...(items?.keys() ?? [])].indexOf(resource.key);
    const place = found < 0 ? (payload === undefined ? -1 : count) : found;
    const answer = await call(method, path, body);
    const label = `${method} ${path} ${JSON.stringify(body)}`;
    assert.equal(answer.status, 200, `${label}\n${JSON.stringify(answer.body)}\nfor\n${before}`);
    if (payload === undefined) items?.delete(resource.key);
    else {
      assert.deepEqual(answer.body.resource.payload, payload, label);
      items?.set(resource.key, stored);
    }
    assert.deepEqual(await show(namespace, resource.type), [...(items?.values() ?? [])], label);
    const after = await repository.read(file);
    texts.set(file, after);
    files.push(before === after ? "" : file);
    const list = resource.type === "flipt.core.Flag" ? "flags" : "segments";
    const [othersBefore, restBefore] = without(before, document, list, place);
    const [othersAfter, restAfter] = without(after, document, list, payload === undefined ? -1 : place);
    const seen = `${label}\nturned\n${before}\ninto\n${after}`;
    assert.deepEqual(othersAfter, othersBefore, seen);
    // The first item of a list brings its key, the last one takes it or leaves empty brackets.
    if (count > 0 && (items?.size ?? 0) > 0) assert.equal(restAfter, restBefore, seen);
  }
  const log = await repository.git("log", "--reverse", "--format=tformat:commit", "--name-only", `${first}..main`);
  const changed = log.split(/^commit$/m).slice(1);
  assert.deepEqual(
    changed.map((names) => names.trim()),
    files,
  );
  await repository.git("fsck", "--strict");
  // What is in git, read anew by another daemon, is the model; and it is what is evaluated.
  for (const [namespace, types] of model) {
    for (const [type, items] of types) assert.deepEqual(await show(namespace, type), [...items.values()]);
    for (const flag of types.get("flipt.core.Flag")?.values() ?? []) {
      if (flag.type !== "BOOLEAN_FLAG_TYPE" || flag.rollouts.length > 0) continue;
      const request = { namespaceKey: namespace, flagKey: flag.key, entityId: "e", context: {} };
      const { body } = await call("POST", "/evaluate/v1/boolean", request);
      assert.deepEqual([body.enabled, body.reason], [flag.enabled, "DEFAULT_EVALUATION_REASON"]);
    }
  }
  const copy = await inProcessDaemon(scope, {
    storage: { default: { remote: repository.path, poll_interval: "1h" } },
  });
  await (await copy.start()).settled;
  for (const [namespace, types] of model) {
    for (const [type, items] of types) {
      const response = await fetch(
        `${copy.url()}/api/v2/environments/default/namespaces/${namespace}/resources/${type}`,
      );
      const { resources } = (await response.json()) as Json;
      assert.deepEqual(
        resources.map(({ payload }: Json) => payload),
        [...items.values()],
        `${namespace} ${type}`,
      );
    }
  }
}

test("after any valid writes the files say what was written, no more has changed, and git finds it sound", async (t) => {
  t.timeout(540_000);
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(writes(), (script) => holds(script)),
      { numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
    ),
  );
});
