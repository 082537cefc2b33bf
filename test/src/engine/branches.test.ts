import test from "ava";
import { features } from "../helpers/machine/machine.js";
import { at, configOf, environment, managed } from "../helpers/machine/managed.js";

const REF = "refs/heads/flipt/default/trial";
const asked = { base: "default", key: "trial", actor: undefined, correlationId: "makes-it" };

async function open(t: Parameters<typeof managed>[0]) {
  const one = await managed(t, ["here"]);
  await (await one.manager.open(await one.generation(configOf([at("here")], [environment("default", "main")])))).get(
    "main",
  )?.settled;
  const store = one.stores.get("here");
  if (store === undefined) throw new Error("no store");
  return { one, store };
}

/** Lets rebuilds come due until something is so. */
async function served(one: Awaited<ReturnType<typeof managed>>, is: () => boolean): Promise<void> {
  await one.clock.pass(11_000);
  await one.clock.until(is);
}

test("what is served of a branch that a caller makes is told as of any other, with the caller's request", async (t) => {
  const { one, store } = await open(t);
  await store.commit({ "bad/features.yaml": "namespace: bad\nflags: [" });
  await served(one, () => one.status.storage("main")?.revision === store.head());
  one.events.length = 0;
  await one.engine.createBranch(asked);
  t.deepEqual(
    one.events.map(({ type, ...event }) => [type, "correlationId" in event ? event.correlationId : undefined]),
    [
      ["branch.appeared", "makes-it"],
      ["snapshot.built", "makes-it"],
    ],
  );
  t.like(one.events.at(-1), { environments: ["trial"], revision: store.head(), branch: "flipt/default/trial" });
  const lines = one.lines.filter(({ correlation_id }) => correlation_id === "makes-it");
  t.deepEqual(
    lines.map(({ event }) => event),
    ["branch.appeared", "snapshot.built", "features.quarantined"],
  );
});

test("a branch that a caller deletes leaves nothing behind", async (t) => {
  const { one, store } = await open(t);
  await one.engine.createBranch(asked);
  await store.commit({ "default/features.yaml": features({ mine: true }) }, "flipt/default/trial");
  await served(one, () => one.served("trial").includes("mine"));
  const good = store.backend.heads.get(REF);
  await store.commit(
    { "default/features.yaml": "namespace: default\nflags: [", "lost/features.yaml": "namespace: lost\nflags: [" },
    "flipt/default/trial",
  );
  await served(one, () => one.status.storage("main")?.unservedNamespaces?.length === 1);
  const kept = (): readonly string[] => [...store.backend.heads].filter(([, oid]) => oid === good).map(([ref]) => ref);
  t.is(kept().length, 1, "the last good commit is remembered");
  t.deepEqual(
    one.status.storage("main")?.unservedNamespaces?.map((place) => `${place.environment}/${place.namespace}`),
    ["trial/lost"],
  );
  one.events.length = 0;
  await one.engine.deleteBranch({ ...asked, correlationId: "takes-it" });
  t.deepEqual(
    one.events.map(({ type }) => type),
    ["branch.vanished"],
  );
  t.like(one.events[0], { environment: "trial", correlationId: "takes-it" });
  t.false(store.backend.heads.has(REF));
  t.deepEqual(kept(), []);
  await one.clock.pass(11_000);
  t.deepEqual(one.status.storage("main")?.unservedNamespaces, []);
});
