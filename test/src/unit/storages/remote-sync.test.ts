import { openRepository } from "@vexil/core/internal/git/repository";
import { RemoteSync } from "@vexil/core/internal/storages/remote-sync";
import type { Backend, Oid } from "@vexil/core/plugin";
import test, { type ExecutionContext } from "ava";
import { startFaultServer } from "../../helpers/fault-server.js";
import { mapBackend } from "../../helpers/map-backend.js";
import { never, openTestRemote } from "../../helpers/remote-client.js";
import { temporaryRepository } from "../../helpers/temporary-repository.js";

const flags = (count: number, changed = -1): string =>
  Array.from(
    { length: count },
    (_, index) => `# flag ${index} ${index === changed ? "on" : "off"} ${index * 7919}`,
  ).join("\n");

/** A map backend that keeps the newest commit only, as memory does. */
function shallowBackend(): Backend & Pick<ReturnType<typeof mapBackend>, "stored" | "heads"> {
  const boundary = new Set<Oid>();
  return {
    ...mapBackend(),
    shallow: {
      read: async () => boundary,
      update: async (add, remove) => {
        for (const oid of remove) boundary.delete(oid);
        for (const oid of add) boundary.add(oid);
      },
    },
  };
}

async function start(t: ExecutionContext) {
  const repository = await temporaryRepository(t, { files: { "a/features.yaml": flags(400) } });
  const server = await startFaultServer(t, repository.path);
  const backend = shallowBackend();
  const sync = new RemoteSync(openTestRemote(t, server.url), backend, "main");
  const fetches = (): number => server.requests.filter((kind) => kind === "fetch").length;
  return { repository, server, backend, sync, fetches, local: openRepository(backend) };
}

test("a thin pack whose base is missing here is fetched once more as a whole", async (t) => {
  const { repository, backend, sync, fetches, local } = await start(t);
  await sync.download(never);
  const lost = await repository.git("rev-parse", "main:a/features.yaml");
  t.true(backend.stored.delete(lost));
  const head = await repository.commit({ "a/features.yaml": flags(400, 7) });
  const { heads, changed } = await sync.download(never);
  t.deepEqual([heads.get("main"), changed, fetches()], [head, true, 3]);
  const file = (await local.listFiles(head, "a", () => true)).get("a/features.yaml");
  const blob = (await local.readBlobs([file?.oid as string])).get(file?.oid as string);
  t.is(Buffer.from(blob ?? []).toString(), flags(400, 7));
});

test("what stays corrupt is fetched twice and no more, and nothing moves", async (t) => {
  const { repository, server, backend, sync, fetches } = await start(t);
  await server.fail({ type: "corrupt", after: -30, on: ["fetch"] });
  await t.throwsAsync(sync.download(never), { code: "VEXIL_CONNECTION_CORRUPT" });
  t.is(fetches(), 1);
  await server.fail(undefined);
  const { heads } = await sync.download(never);
  await repository.commit({ "a/features.yaml": flags(400, 8) });
  await server.fail({ type: "corrupt", after: -30, on: ["fetch"] });
  await t.throwsAsync(sync.download(never), { code: "VEXIL_CONNECTION_CORRUPT" });
  t.deepEqual([fetches(), backend.heads.get("refs/remotes/origin/main")], [4, heads.get("main")]);
});
