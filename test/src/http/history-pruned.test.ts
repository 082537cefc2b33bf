import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "default/features.yaml";
const flags = (name: string): string => `namespace: default\nflags:\n- {key: f, name: ${name}}\n`;
/** Age of a head that a poll forgets. */
const OLD_MS = 60 * 60_000;

test("history and rollback fetch again what a poll has pruned after it was read", async (t) => {
  const repository = await temporaryRepository(t, { files: { [PATH]: flags("one") } });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "memory" }, remote: repository.url, poll_interval: "1h" } },
  });
  await (await daemon.start()).settled;
  const revisions = async (): Promise<readonly string[]> => {
    const { status, body } = await ask(daemon.url(), "GET", "api/v2/environments/default/history");
    t.is(status, 200, JSON.stringify(body));
    return (body as { commits: { revision: string }[] }).commits.map(({ revision }) => revision);
  };
  const made = [(await repository.head()) ?? ""];
  t.deepEqual(await revisions(), made);

  const now = performance.now.bind(performance);
  t.teardown(() => {
    performance.now = now;
  });
  for (const [index, name] of ["two", "three"].entries()) {
    const laterMs = (index + 1) * OLD_MS;
    performance.now = () => now() + laterMs;
    made.unshift(await repository.commit({ [PATH]: flags(name) }));
    t.is((await ask(daemon.url(), "POST", "api/storages/default/sync?wait=true")).status, 200);
    t.deepEqual(await revisions(), made);
  }

  performance.now = () => now() + 3 * OLD_MS;
  await repository.commit({ [PATH]: flags("four") });
  t.is((await ask(daemon.url(), "POST", "api/storages/default/sync?wait=true")).status, 200);
  const rollback = "api/v2/environments/default/namespaces/default/rollback";
  const answer = await ask(daemon.url(), "POST", rollback, { body: JSON.stringify({ to: made[0] }) });
  t.is(answer.status, 200, JSON.stringify(answer.body));
  t.is(`${await repository.read(PATH)}\n`, flags("three"));
});
