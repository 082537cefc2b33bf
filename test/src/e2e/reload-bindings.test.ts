import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const base64 = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

test("after a SIGHUP a storage has the credential, the backend, the author and the texts in force, and none of before", async (t) => {
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const auth = (password: string) => ({ type: "basic", username: "ada", password }) as const;
  const server = await startGitHttpServer(t, repository.path, { auth: auth("first") });
  const config = (name: string): object => ({
    version: "2.0",
    server: { host: "127.0.0.1", http_port: 0, workers: 1 },
    log: { encoding: "json", level: "debug" },
    templates: { commit_message: `made by ${name}` },
    storage: {
      default: {
        remote: server.url,
        poll_interval: "1s",
        credentials: "git",
        backend: { type: "local", path: join(cwd, name) },
        signature: { name, email: `${name}@example.com` },
      },
    },
    credentials: { git: { type: "basic", basic: { username: "ada", password: name } } },
  });
  const daemon = await startDaemon(t, { cwd, config: config("first") as Record<string, unknown> });
  const write = async (key: string): Promise<void> => {
    const answer = await daemon.call("POST", "/api/v2/environments/default/namespaces", { key, name: key });
    t.is(answer.status, 200, JSON.stringify(answer.body));
  };
  const headOf = (name: string): Promise<string> => nativeGit(["-C", join(cwd, name), "rev-parse", "main"]);
  await eventually(
    () => daemon.get("/health/ready"),
    ({ status }) => status === 200,
  );
  await write("before");
  for (const [number, [name, gone]] of [
    ["second", "first"],
    ["first", "second"],
  ].entries()) {
    const left = await headOf(gone as string);
    // No poll that comes in between is refused.
    server.setAuth(undefined);
    await writeFile(join(cwd, "vexil.json"), JSON.stringify(config(name as string)));
    daemon.child.kill("SIGHUP");
    await eventually(
      async () => daemon.lines.filter(({ event }) => event === "config.reloaded").length,
      (count) => count === number + 1,
    );
    server.setAuth(auth(name as string));
    await eventually(
      () => daemon.get("/api/status"),
      ({ body }) => body.storages[0].state === "ready",
    );
    const from = server.requests.length;
    await write(`after-${number}`);
    t.is(await repository.git("log", "-1", "--format=%an <%ae> %s"), `${name} <${name}@example.com> made by ${name}`);
    t.is(await headOf(name as string), (await repository.head()) ?? "");
    // Another's commit is polled with the new credential, into the new place.
    const commit = await repository.commit({ [`team-${number}/features.yaml`]: `namespace: team-${number}\n` });
    await eventually(
      () => headOf(name as string),
      (head) => head === commit,
    );
    t.is(await headOf(gone as string), left, "nothing goes to the old place any more");
    const used = new Set(server.requests.slice(from).map(({ headers }) => headers.authorization));
    used.delete(undefined);
    t.deepEqual([...used], [base64(`ada:${name}`)]);
  }
  t.deepEqual(
    daemon.lines.filter(({ level }) => level === "error"),
    [],
  );
  t.is(await daemon.stop(), 0);
});
