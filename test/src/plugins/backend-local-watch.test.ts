import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Backend } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { FEATURES, type User, user } from "../helpers/repositories/user.js";

const wanted = (path: string): boolean => /\/features\.(?:yaml|yml|json)$/.test(path);

/** Far above what it takes: without a hint nobody looks here, however long that is. */
const DEADLINE_MS = 60_000;

/** Looks at the backend whenever it hints, and never otherwise, as a storage does between two ticks. */
class Hints {
  readonly times: number[] = [];
  readonly #backend: Backend;
  #seen = "";
  #looking: Promise<void> = Promise.resolve();
  #told: (() => void) | undefined;

  constructor(backend: Backend, signal: AbortSignal) {
    this.#backend = backend;
    backend.watch?.(() => {
      this.times.push(performance.now());
      this.#looking = this.#looking.then(async () => {
        this.#seen = await this.state();
        this.#told?.();
      });
    }, signal);
  }

  async state(): Promise<string> {
    try {
      const refs = [...(await this.#backend.refs.list("refs/heads/"))];
      const scan = await this.#backend.workTree?.scan(wanted, AbortSignal.timeout(DEADLINE_MS));
      const edits = [...(scan?.edits ?? [])].map(([path, bytes]) => [path, bytes && Buffer.from(bytes).toString()]);
      return JSON.stringify([refs, scan?.head, scan?.blocked, edits]);
    } catch (error) {
      return String(error);
    }
  }

  /** Milliseconds from the end of `act` until what it led to has been seen because of a hint. */
  async after(act: () => Promise<unknown>): Promise<number> {
    await act();
    const acted = performance.now();
    const goal = await this.state();
    for (const until = acted + DEADLINE_MS; this.#seen !== goal; ) {
      if (performance.now() > until) throw new Error(`no hint led to ${goal}, but to ${this.#seen}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        this.#told = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return performance.now() - acted;
  }

  /** Until no hint has come for a while. */
  async quiet(): Promise<void> {
    for (let count = -1; count !== this.times.length; ) {
      count = this.times.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function start(t: ExecutionContext, path: string): Promise<{ readonly backend: Backend; readonly hints: Hints }> {
  const backend = await openLocal(t, path);
  const controller = new AbortController();
  t.teardown(() => controller.abort());
  const hints = new Hints(backend, controller.signal);
  // Being told once is part of starting.
  await hints.after(async () => {});
  await hints.quiet();
  return { backend, hints };
}

/** Each case by itself; the figures are of the median, because others use the machine as well. */
async function each(
  t: ExecutionContext,
  hints: Hints,
  cases: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  const figures: number[] = [];
  const looks: number[] = [];
  for (const [name, act] of Object.entries(cases)) {
    const ms = await hints.after(act);
    figures.push(ms);
    t.log(`${name}: ${ms.toFixed(1)} ms`);
    await hints.quiet();
    const began = performance.now();
    await hints.state();
    looks.push(performance.now() - began);
  }
  const [median, look] = [figures, looks].map((of) => of.sort((a, b) => a - b)[of.length >> 1]) as [number, number];
  // A busy machine looks as slowly as it hints. Far below the 10 s of the tick that finds what nobody was told of.
  t.true(median <= Math.min(100 + 10 * look, 5_000), `median ${median} ms, of a look alone ${look} ms`);
}

test.serial("what users do in a clone is told at once", async (t) => {
  const human: User = await user(t, { "a/features.yaml": FEATURES, "b/features.yaml": FEATURES });
  const { hints } = await start(t, human.path);
  await each(t, hints, {
    edit: () => human.edit({ "a/features.yaml": "changed: 1\n" }),
    "new directory": () => human.edit({ "c/d/features.yaml": FEATURES }),
    "edit in the new directory": () => human.edit({ "c/d/features.yaml": "changed: 1\n" }),
    deletion: () => human.edit({ "b/features.yaml": undefined }),
    rename: () => rename(join(human.path, "a"), join(human.path, "z")),
    "edit after the rename": () => human.edit({ "z/features.yaml": "again: 1\n" }),
    commit: () => human.commit({ "z/features.yaml": "committed: 1\n", "a/features.yaml": undefined }),
    reset: () => human.git("reset", "-q", "--hard", "HEAD~1"),
    checkout: () => human.git("switch", "-qc", "topic"),
    amend: () => human.git("commit", "-q", "--amend", "--allow-empty", "-m", "amended"),
    back: () => human.git("switch", "-q", "main"),
    stash: async () => {
      await human.edit({ "a/features.yaml": "stashed: 1\n" });
      await human.git("stash");
    },
    revert: () => human.git("revert", "--no-edit", "HEAD"),
    gc: () => human.git("gc", "-q", "--prune=now"),
    "new branch": () => human.git("branch", "flipt/default/x"),
  });
});

test.serial("pushes to a bare repository, a swapped link and a directory made anew are told", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": FEATURES } });
  const bare = await start(t, repository.path);
  await each(t, bare.hints, {
    push: () => repository.commit({ "a/features.yaml": "pushed: 1\n" }),
    "pack-refs": () => repository.git("pack-refs", "--all"),
    "branch below": () => repository.git("branch", "flipt/default/y", "main"),
  });

  const base = await temporaryDirectory(t);
  for (const name of ["one", "two"]) await nativeGit(["clone", "-q", repository.path, join(base, name)]);
  await symlink("one", join(base, "current"));
  await nativeGit(["-C", join(base, "two"), "commit", "-q", "--allow-empty", "-m", "two"]);
  const linked = await start(t, join(base, "current"));
  const head = async (): Promise<string | undefined> =>
    (await linked.backend.workTree?.scan(wanted, AbortSignal.timeout(DEADLINE_MS)))?.head.commit;
  const first = await head();
  const swap = async (): Promise<void> => {
    await symlink("two", join(base, "next"));
    await rename(join(base, "next"), join(base, "current"));
  };
  t.true((await linked.hints.after(swap)) < DEADLINE_MS);
  t.not(await head(), first);
  t.is(await head(), await nativeGit(["-C", join(base, "two"), "rev-parse", "HEAD"]));
  await linked.hints.quiet();
  const edit = join(base, "two", "a", "features.yaml");
  t.true((await linked.hints.after(() => rm(edit))) < DEADLINE_MS);
});

test.serial("a directory that goes and comes back is an error and heals", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": FEATURES } });
  const path = join(await temporaryDirectory(t), "x", "clone");
  await mkdir(dirname(path));
  await nativeGit(["clone", "-q", repository.path, path]);
  const { backend, hints } = await start(t, path);
  const away = `${path}-away`;
  await hints.after(() => rename(path, away));
  await t.throwsAsync(backend.refs.list(""), { message: /put the repository back/ });
  await hints.quiet();
  await hints.after(() => nativeGit(["clone", "-q", repository.path, path]));
  t.is((await backend.refs.list("refs/heads/main")).size, 1);
  await hints.quiet();
  await hints.after(() => rm(join(path, "a", "features.yaml")));
  t.is((await backend.workTree?.scan(wanted, AbortSignal.timeout(DEADLINE_MS)))?.edits.size, 1);
});

test.serial("with the watch off nothing is told", async (t) => {
  const human = await user(t);
  const backend = await openLocal(t, human.path, { watch: false });
  let hints = 0;
  backend.watch?.(() => {
    hints += 1;
  }, new AbortController().signal);
  await human.commit({ "default/features.yaml": "changed: 1\n" });
  t.is((await backend.workTree?.scan(wanted, AbortSignal.timeout(DEADLINE_MS)))?.head.commit, await human.head());
  t.is(hints, 0);
});
