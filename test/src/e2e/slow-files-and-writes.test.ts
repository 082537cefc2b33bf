import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { ownTime } from "../helpers/runner/own-time.js";

const flag = (key: string): string => `  - {key: ${key}, name: ${"x".repeat(40)}, type: BOOLEAN_FLAG_TYPE}\n`;
const flags = (count: number): string => Array.from({ length: count }, (_, index) => flag(`f${index}`)).join("");

/** One is parsed where it is, the other needs a process. */
const SOUND = {
  "small/features.yaml": `namespace: small\nflags:\n${flags(3)}`,
  "large/features.yaml": `namespace: large\nflags:\n${flags(600)}`,
};
/** Seconds for a reader each, whatever the machine. */
const slow = (index: number): string => `${'"'.repeat(200_000)} # ${index}\n`;
/** Bad references, whose places take another look at the file. */
const referring = (index: number): string =>
  `namespace: bad-${index}\nflags:\n${flags(600)}  - {key: z, name: z, rules: [{segment: nowhere}]}\n`;
const SLOW = {
  ...Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [
      [`slow-${index}/features.yaml`, slow(index)],
      [`referring-${index}/features.yaml`, referring(index)],
    ]).flat(),
  ),
  "flipt.yaml": slow(-1),
};
/** Much more than what a write waits for, in all its steps, for files that it does not change. */
const MOST_MS = 15_000;

/** Writes a flag of a namespace, and is answered before what is slow has been read. */
async function write(t: ExecutionContext, daemon: RunningDaemon, namespace: string, name: string): Promise<void> {
  const payload = { "@type": "flipt.core.Flag", key: "f1", name, type: "BOOLEAN_FLAG_TYPE", enabled: true };
  const path = `/api/v2/environments/default/namespaces/${namespace}/resources`;
  const own = ownTime(t);
  const { status, body } = await daemon.call("PUT", path, { key: "f1", payload });
  const tookMs = Math.round(own());
  t.log(`${namespace} ${name}: ${tookMs} ms`);
  t.is(status, 200, JSON.stringify(body));
  t.true(tookMs < MOST_MS, `${tookMs} ms`);
}

test("writes to sound files of a storage, and branches of it, wait neither for its slow ones to be read nor for their next try", async (t) => {
  const repository = await temporaryRepository(t, { files: SOUND });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: repository.path, poll_interval: "1h" } } },
  });
  await repository.commit(SLOW);
  const answered: string[] = [];
  const round = daemon.post("/api/storages/default/sync?wait=true", {}).then(() => answered.push("sync"));
  for (const name of ["first", "second", "third"]) {
    for (const namespace of Object.keys(SOUND).map((path) => path.split("/")[0])) {
      await write(t, daemon, namespace ?? "", name);
      answered.push(`${namespace} ${name}`);
    }
  }
  const { status, body } = await daemon.post("/api/v2/environments/default/branches", { key: "trial" });
  t.is(status, 200, JSON.stringify(body));
  answered.push("branch");
  // Reading takes ten seconds of processor time, which nobody has to wait for.
  const place = answered.indexOf("sync");
  t.true(place === -1 || place >= 2, answered.join(", "));
  for (const path of Object.keys(SOUND)) t.regex(await repository.git("show", `main:${path}`), /third/);
  await daemon.stop("SIGKILL");
  await round.catch(() => undefined);
});

test("slow files that are committed to a local repository hold up no write", async (t) => {
  const repository = await temporaryRepository(t, { files: SOUND });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { backend: { type: "local", path: repository.path } } } },
  });
  await repository.commit(SLOW);
  // What was committed is noticed at once, and being read by then.
  await delay(1_000);
  for (const name of ["first", "second"]) await write(t, daemon, "large", name);
  t.regex(await repository.git("show", "main:large/features.yaml"), /second/);
  await daemon.stop("SIGKILL");
});

test("a sound file that nobody has had time to read is said to be unread, and what it holds is not made a second time", async (t) => {
  const repository = await temporaryRepository(t, { files: SOUND });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { backend: { type: "local", path: repository.path } } } },
  });
  // The slow ones come before it, and its folder does not say which namespace it has.
  const head = await repository.commit({ ...SLOW, "zz/features.yaml": `namespace: payments\nflags:\n${flags(600)}` });
  await write(t, daemon, "large", "first");
  const { body } = await daemon.get("/api/status");
  const { unread, quarantined } = body.storages[0] as {
    readonly unread?: readonly string[];
    readonly quarantined: readonly { readonly file: string; readonly reason: string }[];
  };
  t.true(unread?.includes("zz/features.yaml"), JSON.stringify(body));
  t.false(quarantined.some(({ file, reason }) => file === "zz/features.yaml" || /not been read/.test(reason)));
  const namespaces = "/api/v2/environments/default/namespaces";
  const made = await daemon.post(namespaces, { key: "payments", name: "Payments" });
  t.is(made.status, 409, JSON.stringify(made.body));
  const payload = { "@type": "flipt.core.Flag", key: "f1", name: "again", type: "BOOLEAN_FLAG_TYPE" };
  const flag = await daemon.post(`${namespaces}/payments/resources`, { key: "f1", payload });
  t.is(flag.status, 409, JSON.stringify(flag.body));
  t.is(await repository.git("diff", "--name-only", head, "main"), "large/features.yaml");
  await daemon.stop("SIGKILL");
});
