import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon.js";
import { startGitHttpServer } from "../helpers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/temporary-repository.js";

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : `${workers} workers`;
  test(`a request's id leads to its commit and push, a poll's to its snapshot (${processes})`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startGitHttpServer(t, repository.path);
    const daemon = await startDaemon(t, {
      config: { server: { workers }, storage: { default: { remote: server.url, poll_interval: "1h" } } },
    });
    const write = async (id: string, key: string): Promise<string | null> => {
      const response = await fetch(`${daemon.url}/api/v2/environments/default/namespaces`, {
        method: "POST",
        headers: { "x-request-id": id },
        body: JSON.stringify({ key, name: key }),
      });
      t.is(response.status, 200);
      return response.headers.get("x-request-id");
    };
    t.is(await write("deploy-42/a", "team"), "deploy-42/a");
    const committed = await daemon.line(({ event }) => event === "write.committed");
    t.like(committed, { correlation_id: "deploy-42/a", pushed: true, revision: await repository.head() });
    t.is(await repository.git("log", "-1", "--format=%s"), committed.summary as string);

    // What could break a log or a header is not taken over.
    for (const unsafe of ["a b", "x".repeat(129), '"}{"']) {
      const given = await write(unsafe, `team-${unsafe.length}`);
      t.regex(given ?? "", /^[0-9a-f-]{36}$/);
      await daemon.line(({ event, correlation_id }) => event === "write.committed" && correlation_id === given);
    }

    const head = await repository.commit({ "ops/features.yaml": "namespace: ops\nflags: []\n" });
    await daemon.post("/api/storages/default/sync?wait=true", "");
    const polled = await daemon.line(({ event, revision }) => event === "fetch.succeeded" && revision === head);
    const built = await daemon.line(({ event, revision }) => event === "snapshot.built" && revision === head);
    t.regex(String(polled.correlation_id), /^[0-9a-f-]{36}$/);
    t.is(built.correlation_id, polled.correlation_id);
    const quiet = daemon.lines.length;
    await daemon.post("/api/storages/default/sync?wait=true", "");
    const next = await eventually(
      async () => daemon.lines.slice(quiet).find(({ event }) => event === "fetch.succeeded"),
      (line) => line !== undefined,
    );
    t.not(next?.correlation_id, polled.correlation_id);
    t.is(daemon.stderr(), "");
    t.is(await daemon.stop(), 0);
  });
}
