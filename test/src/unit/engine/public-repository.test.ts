import { PublicRepository } from "@vexil/engine/storage/serve/public-repository";
import { Pruner } from "@vexil/engine/storage/state/pruner";
import { gitObject } from "@vexil/git/objects/object-id";
import type { Backend, GitObject } from "@vexil/plugin-api";
import test from "ava";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

function publicOf(backend: Backend) {
  const clock = new VirtualClock();
  const pruner = new Pruner(backend, clock, true, undefined);
  return { clock, pruner, repository: new PublicRepository(backend, "main", clock, pruner, undefined) };
}

test("what refs were at stays as long as an answer lasts, and goes after it", async (t) => {
  const kept: (readonly string[])[] = [];
  const map = mapBackend();
  const { clock, pruner, repository } = publicOf({ ...map, prune: async ({ roots }) => void kept.push(roots) });
  const objects = ["a", "b", "c"].map((text) => gitObject("blob", Buffer.from(text)));
  await map.objects.write(objects);
  const tips = objects.map(({ oid }) => oid) as [string, string, string];
  const { signal } = new AbortController();
  const pruned = async (): Promise<readonly string[]> => {
    await pruner.prune();
    return kept.at(-1) ?? [];
  };
  map.heads.set("refs/heads/main", tips[0]);
  await repository.use(signal, async () => undefined);
  map.heads.set("refs/heads/main", tips[1]);
  await clock.pass(59_000);
  await repository.use(signal, async ({ recentTips }) => {
    t.deepEqual([...recentTips].sort(), [tips[0], tips[1]].sort(), "a client may ask for what it was told before");
    map.heads.set("refs/heads/main", tips[2]);
    await clock.pass(19 * 60_000);
    await repository.use(signal, async () => undefined);
    t.deepEqual([...(await pruned())].sort(), [...tips].sort());
  });
  t.deepEqual([...(await pruned())].sort(), [tips[2]], "one that has ended keeps nothing");
});

test("many who come at once look at the refs together, each after it has come", async (t) => {
  const map = mapBackend();
  const [first, second] = ["a", "b"].map((text) => gitObject("blob", Buffer.from(text))) as [GitObject, GitObject];
  await map.objects.write([first, second]);
  let [lists, under, most] = [0, 0, 0];
  const list: Backend["refs"]["list"] = async (prefix, signal) => {
    const found = await map.refs.list(prefix, signal);
    lists += 1;
    under += 1;
    most = Math.max(most, under);
    await new Promise(setImmediate);
    under -= 1;
    return found;
  };
  const { repository } = publicOf({ ...map, refs: { ...map.refs, list } });
  const tip = (by = new AbortController().signal): Promise<string | undefined> =>
    repository.use(by, async ({ refs }) => refs.get("refs/heads/main"));
  map.heads.set("refs/heads/main", first.oid);
  const early = tip();
  await Promise.resolve();
  map.heads.set("refs/heads/main", second.oid);
  const leaving = new AbortController();
  const gone = tip(leaving.signal);
  const late = Array.from({ length: 200 }, () => tip());
  leaving.abort(new Error("gone"));
  await t.throwsAsync(gone, { message: "gone" });
  t.is(await early, first.oid);
  t.deepEqual(new Set(await Promise.all(late)), new Set([second.oid]));
  // One look lists branches and tags.
  t.deepEqual([lists, most], [4, 2]);
});

test("a look at the refs that nobody waits for any more is ended, and whoever comes then gets another", async (t) => {
  const map = mapBackend();
  const ended: unknown[] = [];
  let isStuck = true;
  const list: Backend["refs"]["list"] = (prefix, signal) =>
    isStuck
      ? new Promise((_, reject) =>
          signal?.addEventListener("abort", () => {
            ended.push(prefix);
            reject(signal.reason);
          }),
        )
      : map.refs.list(prefix, signal);
  const { repository } = publicOf({ ...map, refs: { ...map.refs, list } });
  const [one, other, third] = [new AbortController(), new AbortController(), new AbortController()];
  const count = (signal: AbortSignal): Promise<number> => repository.use(signal, async ({ refs }) => refs.size);
  const asked = [count(one.signal), count(other.signal)];
  await new Promise(setImmediate);
  const planned = count(third.signal);
  third.abort(new Error("third"));
  await t.throwsAsync(planned, { message: "third" });
  const next = count(new AbortController().signal);
  one.abort(new Error("one"));
  await t.throwsAsync(asked[0] as Promise<number>, { message: "one" });
  t.deepEqual(ended, []);
  isStuck = false;
  other.abort(new Error("other"));
  await t.throwsAsync(asked[1] as Promise<number>, { message: "other" });
  t.is(await next, 0);
  t.deepEqual(ended, ["refs/heads/", "refs/tags/"]);
});
