import { createHash } from "node:crypto";
import test from "ava";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

test("the example files are those of the specification, byte for byte", (t) => {
  const sums = Object.values(EXAMPLE_FILES).map((text) => createHash("sha1").update(text).digest("hex"));
  t.deepEqual(sums, ["b5f71a874abf593500ae96b84ef80c9a67ef111e", "6fdef425110328dee4c33b5eed7838604bac6b36"]);
});

test("native git reads and pushes over the test server, with TLS and basic authentication", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const auth = { type: "basic", username: "u", password: "p" } as const;
  const server = await startGitHttpServer(t, repository.path, { auth, tls: {} });
  const url = server.url.replace("https://", "https://u:p@");
  const config = ["-c", `http.sslCAInfo=${server.certificate?.caPath}`];
  const work = await repository.clone();
  await nativeGit(["-C", work, "commit", "-q", "--allow-empty", "-m", "second"]);
  await nativeGit([...config, "-C", work, "push", "-q", url, "HEAD:main"]);
  t.is(
    await nativeGit([...config, "ls-remote", url, "refs/heads/main"]),
    `${await repository.head()}\trefs/heads/main`,
  );
  t.true(server.requests.some((request) => request.status === 401));
  t.true(server.requests.some((request) => request.status === 200 && request.sent > 0));
});

test("a test repository follows commits, deletions and rewritten history", async (t) => {
  const repository = await temporaryRepository(t, { files: { "a/x": "1", "b/y": "2" } });
  const first = await repository.head();
  await repository.commit({ "a/x": undefined, "c/z": "3" });
  t.is(await repository.git("ls-tree", "-r", "--name-only", "main"), "b/y\nc/z");
  await repository.commit({ "d/w": "4" }, { root: true });
  t.is(await repository.git("ls-tree", "-r", "--name-only", "main"), "d/w");
  t.is(await repository.git("rev-list", "--count", "main"), "1");
  await repository.commit({ "a/x": "5" }, { parent: first as string });
  t.is(await repository.git("rev-list", "--count", "main"), "2");
});
