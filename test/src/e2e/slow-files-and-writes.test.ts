import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

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
const SLOW = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [
    [`slow-${index}/features.yaml`, slow(index)],
    [`referring-${index}/features.yaml`, referring(index)],
  ]).flat(),
);

test("writes to sound files of a storage wait neither for its slow ones to be read nor for their next try", async (t) => {
  const repository = await temporaryRepository(t, { files: SOUND });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: repository.path, poll_interval: "1h" } } },
  });
  await repository.commit(SLOW);
  const answered: string[] = [];
  const round = daemon.post("/api/storages/default/sync?wait=true", {}).then(() => answered.push("sync"));
  for (const name of ["first", "second", "third"]) {
    for (const namespace of Object.keys(SOUND).map((path) => path.split("/")[0])) {
      const payload = { "@type": "flipt.core.Flag", key: "f1", name, type: "BOOLEAN_FLAG_TYPE", enabled: true };
      const path = `/api/v2/environments/default/namespaces/${namespace}/resources`;
      const { status, body } = await daemon.call("PUT", path, { key: "f1", payload });
      t.is(status, 200, JSON.stringify(body));
      answered.push(`${namespace} ${name}`);
    }
  }
  // Reading takes ten seconds of processor time, which no write has to wait for.
  const place = answered.indexOf("sync");
  t.true(place === -1 || place >= 2, answered.join(", "));
  for (const path of Object.keys(SOUND)) t.regex(await repository.git("show", `main:${path}`), /third/);
  await daemon.stop("SIGKILL");
  await round.catch(() => undefined);
});
