import { PublicRepository } from "@vexil/engine/storage/serve/public-repository";
import { Pruner } from "@vexil/engine/storage/state/pruner";
import { gitObject } from "@vexil/git/objects/object-id";
import type { Backend } from "@vexil/plugin-api";
import test from "ava";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

test("what refs were at stays as long as an answer lasts, and goes after it", async (t) => {
  const clock = new VirtualClock();
  const kept: (readonly string[])[] = [];
  const map = mapBackend();
  const backend: Backend = { ...map, prune: async ({ roots }) => void kept.push(roots) };
  const pruner = new Pruner(backend, clock, true, undefined);
  const repository = new PublicRepository(backend, "main", clock, pruner, undefined);
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
