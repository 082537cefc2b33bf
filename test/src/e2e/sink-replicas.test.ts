import type { SinkEvent } from "@vexil/plugin-api";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { webhookServer } from "../helpers/sinks/webhook-server.js";

const features = (name: string): string =>
  `namespace: default\nflags:\n- {key: counter, name: "${name}", type: BOOLEAN_FLAG_TYPE, enabled: true}\n`;

const nameOf = (event: SinkEvent): unknown => (event as { readonly after?: { readonly name?: unknown } }).after?.name;

test("of daemons on one database one delivers, and another goes on where it was killed", async (t) => {
  t.timeout(240_000);
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": features("0") } });
  const database = await postgresServer(t);
  const hook = await webhookServer(t);
  // Long enough for another one to see that something is being delivered, and to deliver it, too.
  hook.delayMs = 2_500;
  const config = {
    storage: {
      default: { remote: repository.url, poll_interval: "1s", backend: { type: "postgres", url: database.url() } },
    },
    sinks: { ci: { type: "webhook", url: hook.url, filter: { kinds: "flag" } } },
  };
  const [first, second] = [await startDaemon(t, { config }), await startDaemon(t, { config })];
  const began = ({ lines }: RunningDaemon): boolean => lines.some(({ event }) => event === "sink.began");
  await eventually(async () => began(first) || began(second), Boolean);
  const push = async (name: number): Promise<void> => {
    await repository.commit({ "default/features.yaml": features(`${name}`) });
    await eventually(
      async () => hook.events().map(nameOf),
      (names) => names.includes(`${name}`),
    );
  };
  for (const name of [1, 2, 3]) await push(name);
  // One that both told would have come twice by now, or comes with the next.
  t.deepEqual(hook.events().map(nameOf), ["1", "2", "3"]);
  const delivered = ({ lines }: RunningDaemon): boolean => lines.some(({ event }) => event === "sink.delivered");
  const [holder, other] = delivered(first) ? [first, second] : [second, first];
  t.false(delivered(other));
  t.false(began(first) && began(second));
  hook.delayMs = 0;
  await holder.stop("SIGKILL");
  for (const name of [4, 5]) await push(name);
  t.true(delivered(other));
  const seen = new Set<string>();
  const once = hook.events().filter(({ id }) => !seen.has(id) && seen.add(id));
  t.deepEqual(once.map(nameOf), ["1", "2", "3", "4", "5"]);
});
