import { join } from "node:path";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { ask } from "../helpers/http/answers.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const BANNER = "api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/banner";
const OTHERS = Object.fromEntries(
  Array.from({ length: 3_000 }, (_, n) => [`src/${n % 60}/${n}.txt`, `${n} ${"text ".repeat(n % 100)}\n`]),
);

test("a daemon in memory serves, writes and looks back in a repository of 3,000 other files without fetching them", async (t) => {
  const repository = await temporaryRepository(t, {
    files: { ...OTHERS, ...EXAMPLE_FILES, "old/features.yaml": "flags: []\n" },
  });
  await repository.commit({ "src/1/1.txt": "other\n", "old/features.yaml": undefined });
  const server = await startGitHttpServer(t, repository.path);
  const config = (directory: string) => ({
    storage: {
      default: {
        remote: server.url,
        backend: { type: "memory", saved_state_path: state },
      },
    },
    environments: { default: { default: true, storage: "default", directory } },
  });
  const state = join(await temporaryDirectory(t), "state");
  const sent = (): number => server.requests.reduce((sum, request) => sum + request.sent, 0);

  const first = await inProcessDaemon(t, config(""));
  await (await first.start()).settled;
  t.true(sent() < 150_000, `${sent()} bytes`);
  server.requests.length = 0;
  const payload = {
    "@type": "flipt.core.Flag",
    key: "banner",
    name: "Banner",
    type: "BOOLEAN_FLAG_TYPE",
    enabled: false,
  };
  const resources = "api/v2/environments/default/namespaces/default/resources";
  const put = await ask(first.url(), "PUT", resources, { body: { key: "banner", payload } });
  t.is(put.status, 200, put.text);
  const gone = await ask(first.url(), "DELETE", "api/v2/environments/default/namespaces/ops");
  t.is(gone.status, 200, gone.text);
  await repository.git("fsck", "--strict", "--full");
  t.regex(await repository.read("default/features.yaml"), /enabled: false/);
  t.is((await repository.git("ls-tree", "-r", "--name-only", "main", "src")).split("\n").length, 3_000);

  const past = await ask(first.url(), "GET", `${BANNER}/history`);
  t.is((past.body as { commits: unknown[] }).commits.length, 2, past.text);
  t.true(sent() < 150_000, `${sent()} bytes`);
  await first.stop();

  // The state that is saved holds what the environments of its time wanted; others then find the rest.
  await repository.commit({
    ...EXAMPLE_FILES,
    "src/flags/x/features.yaml": "flags: [{key: other, name: Other, type: BOOLEAN_FLAG_TYPE, enabled: true}]\n",
  });
  for (const [directory, flagKey] of [
    ["src/flags", "other"],
    ["", "banner"],
  ] as const) {
    const next = await inProcessDaemon(t, config(directory));
    await (await next.start()).settled;
    const body = { namespaceKey: "default", flagKey, entityId: "u" };
    await eventually(
      () => ask(next.url(), "POST", "evaluate/v1/boolean", { body }),
      (flag) => (flag.body as { enabled?: boolean }).enabled === true,
    );
    await next.stop();
  }
  t.true(sent() < 150_000, `${sent()} bytes`);
});
