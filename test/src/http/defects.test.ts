import { defineModule } from "@vexil/engine/di/module";
import { EventLogToken } from "@vexil/engine/observe/log-events";
import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

test("a defect in what takes events in is told, and who waits for one is answered", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const broken = defineModule((bind) => {
    bind.replace(EventLogToken, {
      apply: ({ type }: { readonly type: string }) => {
        if (type === "write.committed" || type === "nudge.answered") throw new TypeError("no such series");
      },
    } as never);
  });
  const config = { storage: { default: { backend: { type: "local", path: repository.path } } } };
  const daemon = await inProcessDaemon(t, config, broken);
  await (await daemon.start()).settled;
  for (const key of ["one", "two"]) {
    const response = await fetch(`${daemon.url()}/api/v2/environments/default/namespaces`, {
      method: "POST",
      body: JSON.stringify({ key, name: key }),
      signal: AbortSignal.timeout(60_000),
    });
    t.is(response.status, 200, await response.text());
  }
  const synced = await fetch(`${daemon.url()}/api/storages/default/sync?wait=true`, {
    method: "POST",
    signal: AbortSignal.timeout(60_000),
  });
  t.is(synced.status, 200);
  const told = daemon.lines.filter(({ event }) => event === "daemon.defect");
  t.like(told[0], { level: "error", storage: "default", type: "write.committed", reason: "no such series" });
  t.is(told.length, 3);
});
