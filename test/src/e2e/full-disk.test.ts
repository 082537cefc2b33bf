import { join } from "node:path";
import test from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { smallDisk } from "../helpers/files/small-disk.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

async function banner(daemon: RunningDaemon): Promise<unknown> {
  return (await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled;
}

const put = (daemon: RunningDaemon, enabled: boolean): Promise<{ status: number; body: { message?: string } }> =>
  daemon.call("PUT", "/api/v2/environments/default/namespaces/default/resources", {
    key: "banner",
    payload: { "@type": "flipt.core.Flag", key: "banner", name: "Banner", type: "BOOLEAN_FLAG_TYPE", enabled },
  });

for (const kind of ["bare", "clone"] as const) {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    test(`a ${kind} repository on a full disk is served after ${signal} and written once there is room`, async (t) => {
      t.timeout(180_000);
      const disk = await smallDisk(t);
      if (typeof disk === "string") {
        skipUnless(t, `no small disk can be made here (${disk})`);
        return;
      }
      const origin = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const path = join(disk.path, kind);
      await nativeGit(["clone", "-q", ...(kind === "bare" ? ["--bare"] : []), origin.path, path]);
      const config = { storage: { default: { backend: { type: "local", path } } } };
      const first = await startDaemon(t, { config });
      t.is((await put(first, false)).status, 200);
      await first.stop(signal);
      disk.fill();
      const daemon = await startDaemon(t, { config });
      t.is(await banner(daemon), false);
      t.is((await daemon.get("/health/ready")).status, 200);
      const refused = await put(daemon, true);
      t.is(refused.status, 503, JSON.stringify(refused.body));
      t.regex(refused.body.message ?? "", /no space left/);
      t.is(await banner(daemon), false);
      disk.empty();
      await eventually(
        () => put(daemon, true),
        ({ status }) => status === 200,
      );
      t.is(await banner(daemon), true);
      t.is(await daemon.stop(), 0);
      await nativeGit(["-C", path, "fsck", "--strict"]);
      t.is(await nativeGit(["-C", path, "log", "-1", "--format=%s"]), "update flag default/banner");
      if (kind === "clone") t.is(await nativeGit(["-C", path, "status", "--porcelain"]), "");
    });
  }
}
