import test from "ava";
import { eventually, type LogLine, startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

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

    for (const event of ["push.succeeded", "snapshot.built"]) {
      const line = await daemon.line((one) => one.event === event && one.revision === committed.revision);
      t.is(line.correlation_id, "deploy-42/a", event);
    }

    // Writes that meet are pushed and served together: each is found by its own id.
    const ids = Array.from({ length: 8 }, (_, index) => `together-${index}`);
    await Promise.all(ids.map((id) => write(id, id)));
    for (const event of ["push.succeeded", "snapshot.built", "write.committed"]) {
      for (const id of ids) {
        const named = ({ correlation_id: one, correlation_ids: all }: LogLine): boolean =>
          one === id || (Array.isArray(all) && all.includes(id));
        await daemon.line((line) => line.event === event && named(line), 5_000);
      }
    }

    // What could break a log or a header is not taken over.
    for (const unsafe of ["a b", "x".repeat(129), '"}{"']) {
      const given = await write(unsafe, `team-${unsafe.length}`);
      t.regex(given ?? "", /^[0-9a-f-]{36}$/);
      await daemon.line(({ event, correlation_id }) => event === "write.committed" && correlation_id === given);
    }

    // A refused write's line names the file that has changed.
    const path = "api/v2/environments/default/namespaces/default/resources";
    const payload = { "@type": "flipt.core.Flag", key: "banner", name: "Banner" };
    const revision = await repository.head();
    const put = (name: string, id: string): Promise<Response> =>
      fetch(`${daemon.url}/${path}`, {
        method: "PUT",
        headers: { "x-request-id": id },
        body: JSON.stringify({ key: "banner", payload: { ...payload, name }, revision }),
      });
    t.is((await put("First", "fresh")).status, 200);
    t.is((await put("Second", "stale")).status, 409);
    const refused = await daemon.line(({ event, correlation_id: id }) => event === "write.failed" && id === "stale");
    t.like(refused, { code: "VEXIL_CONFLICT_REVISION", file: "default/features.yaml" });

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
