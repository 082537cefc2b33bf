import { systemClock } from "@vexil/engine/model/clock";
import { guardBackend } from "@vexil/engine/plugins/guard-backend";
import { GuardScope } from "@vexil/engine/plugins/guard-scope";
import { type Backend, type GitObject, Secret } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { gitObject, RecordingLogger, uniqueBlob } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../../helpers/daemon/daemon.js";

const REF = "refs/heads/main";
const [A, B] = ["a".repeat(40), "b".repeat(40)];

interface Started {
  readonly backend: Backend;
  readonly guard: GuardScope;
  readonly logger: RecordingLogger;
}

/** A guarded backend that works, but for what the test makes of it. */
function start(broken: Partial<Backend> = {}, useMs = 20_000): Started {
  const refs = new Map<string, string>();
  const objects = new Map<string, GitObject>();
  const whole: Backend = {
    objects: {
      read: async (oids) => new Map([...objects].filter(([oid]) => oids.includes(oid))),
      write: async (written) => {
        for (const object of written) objects.set(object.oid, object);
      },
    },
    refs: {
      list: async (prefix) => new Map([...refs].filter(([ref]) => ref.startsWith(prefix))),
      compareAndSwap: async (updates) => {
        for (const update of updates) if (refs.get(update.ref) !== update.old) return false;
        for (const update of updates) refs.set(update.ref, update.new ?? "");
        return true;
      },
    },
    close: async () => {},
    ...broken,
  };
  const logger = new RecordingLogger();
  const guard = new GuardScope({
    identity: { plugin: "fake", package: "vexil-backend-fake", owner: "storage main" },
    directory: undefined,
    settings: { password: new Secret("canary-4711") },
    logger,
    clock: systemClock,
    deadlines: { loadMs: 100, validateMs: 100, createMs: 100, useMs, closeMs: 100 },
  });
  return { backend: guardBackend(whole, guard), guard, logger };
}

async function failure(t: ExecutionContext, work: Promise<unknown>, expected: RegExp): Promise<VexilError> {
  const error: unknown = await work.then(
    () => t.fail("it did not fail"),
    (thrown: unknown) => thrown,
  );
  if (!VexilError.is(error)) throw error;
  t.regex(error.message, expected);
  t.true(error.message.length < 700 && !error.message.includes("\n"), "one short line");
  t.false(error.message.includes("canary-4711"), "no secret");
  return error;
}

const never = (): Promise<never> => new Promise(() => {});
const wrong = (value: unknown) => async (): Promise<never> => value as never;

test("a backend that works is passed through: round trips, swaps, lists", async (t) => {
  const { backend } = start();
  const blobs = Array.from({ length: 50 }, () => uniqueBlob());
  await backend.objects.write(blobs);
  t.is((await backend.objects.read(blobs.map((blob) => blob.oid))).size, 50);
  t.true(await backend.refs.compareAndSwap([{ ref: REF, old: undefined, new: A, reason: "" }]));
  t.false(await backend.refs.compareAndSwap([{ ref: REF, old: B, new: A, reason: "" }]));
  t.deepEqual(await backend.refs.list("refs/"), new Map([[REF, A]]));
  t.is(backend.shallow, undefined);
  t.is(backend.prune, undefined);
});

test("a call that hangs fails at its deadline with what was called, and its signal is aborted", async (t) => {
  const seen: (AbortSignal | undefined)[] = [];
  const hang = (_: unknown, signal?: AbortSignal): Promise<never> => {
    seen.push(signal);
    return never();
  };
  const { backend } = start(
    {
      objects: { read: hang, write: hang },
      refs: { list: never, compareAndSwap: never },
      shallow: { read: never, update: never },
      prune: never,
      lease: never,
    },
    100,
  );
  const calls: readonly (readonly [string, () => Promise<unknown> | undefined])[] = [
    ["objects\\.read", () => backend.objects.read([A])],
    ["objects\\.write", () => backend.objects.write([uniqueBlob()])],
    ["refs\\.list", () => backend.refs.list("")],
    ["refs\\.compareAndSwap", () => backend.refs.compareAndSwap([])],
    ["shallow\\.read", () => backend.shallow?.read()],
    ["shallow\\.update", () => backend.shallow?.update([], [])],
    ["prune", () => backend.prune?.({ roots: [], keepNewerThanMs: 0 })],
    ["lease", () => backend.lease?.("x", new AbortController().signal)],
  ];
  await Promise.all(
    calls.map(async ([name, call]) => {
      const expected = new RegExp(
        `^plugin "fake" \\(vexil-backend-fake, storage main\\): use failed: ${name} did not answer within 0\\.1 s; `,
      );
      const error = await failure(t, Promise.resolve(call()), expected);
      t.is(error.code, "VEXIL_PLUGIN_USE");
      t.true(error.retryable);
    }),
  );
  t.true(seen.every((signal) => signal?.aborted === true));
});

test("a lease or a turn that comes after nobody waits for it is given back", async (t) => {
  const ended: string[] = [];
  const comes = new AbortController();
  const later = new Promise<void>((resolve) => comes.signal.addEventListener("abort", () => resolve()));
  const { backend } = start(
    {
      lease: async () => {
        await later;
        return { lost: new AbortController().signal, release: async () => void ended.push("lease") };
      },
      turn: async (name) => {
        await later;
        return name === "none" ? undefined : { end: async () => void ended.push(`turn ${name}`) };
      },
    },
    50,
  );
  const gone = new AbortController();
  const { signal } = new AbortController();
  const asked = [
    backend.lease?.("x", signal),
    ...["late", "none"].map((name) => backend.turn?.(name, signal)),
    backend.turn?.("left", gone.signal),
  ];
  const given = Promise.allSettled(asked);
  gone.abort(new Error("gone"));
  t.deepEqual(new Set((await given).map(({ status }) => status)), new Set(["rejected"]));
  comes.abort();
  await eventually(
    async () => ended,
    ({ length }) => length >= 3,
  );
  t.deepEqual(ended.sort(), ["lease", "turn late", "turn left"]);
});

test("what a plugin throws becomes a VexilError without its secrets; a VexilError stays as it is", async (t) => {
  const own = new VexilError("VEXIL_UNAVAILABLE_SPACE", "the disk is full");
  const cases: readonly [() => Promise<never>, RegExp][] = [
    [
      () => Promise.reject(new Error("login with canary-4711 failed\n    at x")),
      /list: login with \[redacted\] failed at x/,
    ],
    [() => Promise.reject("text"), /threw the text "text"/],
    [() => Promise.reject(undefined), /threw nothing/],
    [() => Promise.reject(Object.assign(new Error("boom"), { code: "EBOOM" })), /boom \(EBOOM\)/],
    [() => Promise.reject(new Error("outer", { cause: new Error("inner") })), /outer: inner/],
    [() => Promise.reject(own), /^the disk is full$/],
    [
      () => {
        throw new TypeError("at once");
      },
      /at once/,
    ],
  ];
  for (const [list, expected] of cases) {
    const { backend } = start({ refs: { list, compareAndSwap: never } });
    await failure(t, backend.refs.list(""), expected);
  }
});

test("answers of a wrong shape are refused", async (t) => {
  for (const value of [undefined, null, {}, [], "refs", new Map([["refs/x", "main"]]), new Map([[1, A]])]) {
    const { backend } = start({ refs: { list: wrong(value), compareAndSwap: wrong(value) } });
    await failure(t, backend.refs.list("refs/"), /refs\.list/);
    await failure(t, backend.refs.compareAndSwap([]), /refs\.compareAndSwap answered/);
  }
  await failure(
    t,
    start({ refs: { list: wrong(new Map([["other/x", A]])), compareAndSwap: never } }).backend.refs.list("refs/"),
    /answered the text "other\/x"/,
  );
  const { backend } = start({ shallow: { read: wrong([]), update: never }, lease: wrong({ held: true }) });
  await failure(t, backend.shallow?.read() ?? never(), /shallow\.read answered an array and not a Set/);
  await failure(t, backend.lease?.("x", new AbortController().signal) ?? never(), /lease answered .* and no lease/);
});

test("objects are checked against their ids", async (t) => {
  const blob = gitObject("blob", "content");
  const read = (value: unknown) =>
    start({ objects: { read: wrong(value), write: never } }).backend.objects.read([blob.oid]);
  await failure(
    t,
    read(new Map([[blob.oid, { ...blob, bytes: Buffer.from("other") }]])),
    /corrupt object.*does not hash/,
  );
  await failure(t, read(new Map([[blob.oid, { ...blob, type: "tree" }]])), /does not hash/);
  await failure(t, read(new Map([[A, blob]])), /was not asked for/);
  await failure(t, read(new Map([[blob.oid, { ...blob, bytes: "content" }]])), /as bytes of/);
  await failure(t, read(new Map([[blob.oid, undefined]])), /answered nothing/);
  await failure(t, read({ [blob.oid]: blob }), /and not a Map/);
  t.is((await read(new Map())).size, 0);
});

test("a swap that is not there fails the write at once and the storage at its next rebuild, which then heals", async (t) => {
  const refs = new Map([[REF, A]]);
  const { backend } = start({ refs: { list: async () => refs, compareAndSwap: async () => true } });
  let hints = 0;
  const hint = (): void => {
    hints += 1;
  };
  backend.watch?.(hint, new AbortController().signal);
  await failure(
    t,
    backend.refs.compareAndSwap([{ ref: REF, old: A, new: B, reason: "" }]),
    /compareAndSwap answered true, but refs\/heads\/main is still at a{40}/,
  );
  await failure(t, backend.refs.list(""), /is still at/);
  t.deepEqual(await backend.refs.list(""), refs);
  refs.set(REF, "c".repeat(40));
  t.true(await backend.refs.compareAndSwap([{ ref: REF, old: A, new: B, reason: "somebody moved it on" }]));
  t.is(hints, 1);
});

test("a backend that refuses every swap for nothing has failed with the third; one that others are faster on has not", async (t) => {
  let head = A;
  const refs = { list: async () => new Map([[REF, head]]), compareAndSwap: async () => false };
  const { backend } = start({ refs });
  const swap = (): Promise<boolean> => backend.refs.compareAndSwap([{ ref: REF, old: A, new: B, reason: "" }]);
  t.false(await swap());
  t.false(await swap());
  head = B;
  t.false(await swap(), "it differs");
  head = A;
  t.false(await swap());
  t.false(await swap());
  const error = await failure(t, swap(), /compareAndSwap answered false 3 times, but refs\/heads\/main is at a{40}/);
  t.is(error.code, "VEXIL_PLUGIN_USE");
  await failure(t, backend.refs.list("refs/"), /answered false 3 times/);
  t.is((await backend.refs.list("refs/")).get(REF), A);
});

test("a swap that cannot be looked at stands as it was answered, and is looked at by the next list", async (t) => {
  const refs = new Map([[REF, A]]);
  let away = false;
  let lies = false;
  const { backend } = start({
    refs: {
      list: async () => {
        if (away) throw new Error("the store is away");
        return refs;
      },
      compareAndSwap: async () => {
        away = true;
        if (!lies) refs.set(REF, B);
        return true;
      },
    },
  });
  t.true(await backend.refs.compareAndSwap([{ ref: REF, old: A, new: B, reason: "" }]));
  await failure(t, backend.refs.list(""), /the store is away/);
  away = false;
  t.deepEqual(await backend.refs.list(""), refs);
  lies = true;
  t.true(await backend.refs.compareAndSwap([{ ref: REF, old: B, new: A, reason: "" }]));
  away = false;
  await failure(t, backend.refs.list(""), /compareAndSwap answered true, but refs\/heads\/main is still at b{40}/);
  t.deepEqual(await backend.refs.list(""), refs);
});

test("what escapes a plugin between calls fails the next list, which is asked for at once, and not for each", async (t) => {
  const watched = start();
  let hints = 0;
  const hint = (): void => {
    hints += 1;
  };
  watched.backend.watch?.(hint, new AbortController().signal);
  for (let round = 0; round < 50; round += 1) {
    watched.guard.escaped({
      step: "use",
      type: "rejection",
      reason: "leaked a rejected promise: canary-4711",
      error: undefined,
    });
  }
  t.is(hints, 1);
  t.is(watched.logger.lines.length, 0, "the failed rebuild says it");
  await failure(t, watched.backend.refs.list(""), /use failed: leaked a rejected promise: \[redacted\]/);
  t.is((await watched.backend.refs.list("")).size, 0);
});

test("what escapes a plugin while nobody looks at its storage is logged, with a limit", async (t) => {
  const { guard, logger } = start();
  for (let round = 0; round < 50; round += 1) {
    guard.escaped({
      step: "use",
      type: "rejection",
      reason: "leaked a rejected promise: canary-4711",
      error: undefined,
    });
  }
  t.is(logger.lines.length, 1);
  t.like(logger.lines[0], { level: "error", event: "plugin.failed" });
  t.false(logger.text().includes("canary-4711"));
});

test("a watch that throws is reported and its hints reach the host", async (t) => {
  const { backend, logger } = start({
    watch: (changed) => {
      changed();
      throw new Error("no inotify");
    },
  });
  let hints = 0;
  backend.watch?.(() => {
    hints += 1;
  }, new AbortController().signal);
  await new Promise((resolve) => setImmediate(resolve));
  t.is(hints, 1);
  t.regex(String(logger.lines[0]?.fields.error), /use failed: watch: no inotify/);
});

test("close is called once, never rejects, has its deadline, and ends use", async (t) => {
  for (const close of [never, () => Promise.reject(new Error("still busy"))]) {
    let calls = 0;
    const counted = (): Promise<never> => {
      calls += 1;
      return close();
    };
    const { backend, logger } = start({ close: counted });
    await Promise.all([backend.close(), backend.close()]);
    await backend.close();
    t.is(calls, 1);
    t.is(logger.lines.length, 1);
    t.regex(String(logger.lines[0]?.fields.error), /: close failed: (close did not answer|still busy)/);
    await failure(t, backend.refs.list(""), /refs\.list was called after close/);
  }
});

test("a caller that aborts is answered at once, whatever the plugin does", async (t) => {
  const { backend } = start({ objects: { read: never, write: never } }, 60_000);
  const controller = new AbortController();
  const reading = backend.objects.read([A], controller.signal);
  controller.abort();
  const error = await failure(t, reading, /cancelled|aborted/);
  t.is(error.code, "VEXIL_INTERNAL_CANCELLED");
});

test("large reads and writes go to the plugin in batches, each with its own deadline", async (t) => {
  const sizes: number[] = [];
  const stored = new Map<string, GitObject>();
  const { backend } = start(
    {
      objects: {
        read: async (oids) => {
          sizes.push(oids.length);
          return new Map(oids.flatMap((oid) => (stored.has(oid) ? [[oid, stored.get(oid)!] as const] : [])));
        },
        write: async (objects) => {
          sizes.push(objects.length);
          for (const object of objects) stored.set(object.oid, object);
        },
      },
    },
    30_000,
  );
  const many = Array.from({ length: 20_001 }, (_, index) => gitObject("blob", `blob ${index}`));
  await backend.objects.write(many);
  t.is((await backend.objects.read(many.map((object) => object.oid))).size, 20_001);
  await backend.objects.write([uniqueBlob(20 * 2 ** 20), uniqueBlob(20 * 2 ** 20)]);
  t.deepEqual(sizes, [20_000, 1, 20_000, 1, 1, 1]);
});
