import { randomBytes } from "node:crypto";
import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { narrowLink } from "../helpers/network/narrow-link.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

test("a first load that takes long says in the log how much has come", async (t) => {
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, "large.bin": randomBytes(2_000_000) } });
  const server = await startGitHttpServer(t, repository.path);
  const port = await narrowLink(t, server.port, 100_000);
  const remote = server.url.replace(`:${server.port}`, `:${port}`);
  const daemon = await startDaemon(t, { config: { storage: { default: { remote, fetch_policy: "lenient" } } } });
  const first = await daemon.line(({ event }) => event === "fetch.progress");
  t.like(first, { level: "info", storage: "default" });
  t.true(Number(first.size_bytes) > 0);
  const more = await daemon.line(
    ({ event, size_bytes }) => event === "fetch.progress" && Number(size_bytes) > Number(first.size_bytes),
  );
  t.true(Number(more.duration_ms) > Number(first.duration_ms));
  t.is(await daemon.stop(), 0);
});
