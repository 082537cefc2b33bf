import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { FEATURES, user } from "../helpers/repositories/user.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const VEXIL = fileURLToPath(new URL("../../../daemon/bin/vexil.js", import.meta.url));
/** Limits of a user namespace hold for what runs in it alone (namespaces(7)). */
const LIMITED = 'echo 6 > /proc/sys/user/max_inotify_watches && exec "$@"';
const UNSHARE = ["unshare", "--user", "--map-root-user", "sh", "-c", LIMITED, "sh"] as const;

test("where the system allows too few watches that is said once, and the tick notices changes", async (t) => {
  t.timeout(120_000);
  const probe = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), "true"]);
  const missing = `no user namespace with limits can be made here (${probe.stderr?.toString()})`;
  if (skipUnless(t, probe.status === 0 ? undefined : missing)) return;
  const names = Array.from({ length: 20 }, (_, index) => `n${index}/features.yaml`);
  const human = await user(t, Object.fromEntries(names.map((name) => [name, FEATURES])));
  const daemon = await startDaemon(t, {
    config: { storage: { default: { backend: { type: "local", path: human.path } } } },
    program: [UNSHARE[0], ...UNSHARE.slice(1), process.execPath, VEXIL],
  });
  const limited = await daemon.line(({ event }) => event === "watch.limited");
  t.is(limited.code, "ENOSPC");
  for (const index of [0, 19]) {
    await human.edit({ [`n${index}/features.yaml`]: FEATURES.replace("enabled: true", "enabled: false") });
    await eventually(
      async () => (await daemon.get("/api/status")).body.storages[0].uncommitted ?? [],
      (paths: readonly string[]) => paths.includes(`n${index}/features.yaml`),
    );
  }
  t.is(daemon.lines.filter(({ event }) => event === "watch.limited").length, 1);
});
