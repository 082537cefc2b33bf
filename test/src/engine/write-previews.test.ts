import test from "ava";
import { flag, machine } from "../helpers/machine/machine.js";

const signal = new AbortController().signal;

test("a write waits for one preview at most, and previews leave no trace but that of a look at the branch", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 3_600_000 }, remote: null });
  await one.open().settled;
  const { main: branch } = one.storage.branches;
  const refs = await one.backend.refs.list("");
  const [seen, status] = [one.events.length, one.status.summary(one.storage.id)];
  let previewed = 0;
  const preview = async (index: number) => {
    const request = {
      id: `p-${index}`,
      environment: "default",
      change: flag(`n${index}`, true, "create"),
      revision: undefined,
      actor: undefined,
      correlationId: undefined,
    };
    const write = { request, branch, arrived: branch.known.sequence, arrivedAt: one.clock.elapsed() };
    const shown = await one.running().preview(write, signal);
    previewed += 1;
    return shown;
  };
  const first = await preview(0);
  t.is(branch.known.head, first.revision);
  t.deepEqual(await one.backend.refs.list(""), refs);
  t.deepEqual(new Set(one.events.slice(seen).map(({ type }) => type)), new Set(["rebuild.succeeded"]));
  t.like(one.status.summary(one.storage.id), { state: status?.state, revision: status?.revision });
  t.deepEqual(one.served(), { one: true });

  const all = Array.from({ length: 30 }, (_, index) => preview(index + 1));
  t.is(one.running().waitingPreviews, 30);
  const { revision } = await one.write(flag("two", true, "create"));
  t.true(previewed <= 3, `${previewed - 1} of 30 were shown before the write`);
  const later = await Promise.all(all);
  t.is(later.at(-1)?.revision, revision);
  t.deepEqual(one.served(), { one: true, two: true });
  t.is(one.running().waitingPreviews, 0);
});
