import { join } from "node:path";
import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { ComparedFetches } from "../helpers/git-servers/compared-fetches.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// `npm run soak -- git-serve` runs hundreds.
const ROUNDS = 5;

test("random histories are fetched from Vexil as from git's own server", async (t) => {
  t.timeout(180_000);
  const { path, git } = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (const name of ["allowTipSHA1InWant", "allowReachableSHA1InWant"])
    await git("config", `uploadpack.${name}`, "true");
  const reference = await startGitHttpServer(t, path);
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path } } },
    environments: { default: { storage: "default", default: true } },
  });
  await (await daemon.start()).settled;
  const options = { repository: path, reference: reference.url, served: `${daemon.url()}/git/default` };
  const compared = new ComparedFetches(t, options);
  // A branch that was moved elsewhere between two fetches: what it reached before deepens nothing.
  t.is(await compared.run(52_230_704), undefined);
  // The same, for a client that then wants all of history.
  t.is(await compared.run(23_185_567), undefined);
  const seed = Math.floor(Math.random() * 1e8);
  for (let round = 0; round < ROUNDS; round += 1) t.is(await compared.run(seed + round), undefined);
});

test("a history whose clocks went back, and that comes back to an old state, is cloned whole", async (t) => {
  const { path, git } = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const commit = (seconds: number, text: string, from: string): string =>
    `commit refs/heads/main\ncommitter A <a@b.c> ${seconds} +0000\ndata 1\nx\n${from}` +
    `M 100644 inline dir/changed\ndata ${text.length}\n${text}\nM 100644 inline dir/below/same\ndata 4\nsame\n\n`;
  const history = `reset refs/heads/main\n\n${commit(300, "one", "")}${commit(200, "two", "")}${commit(100, "one", "")}done\n`;
  await nativeGit(["-C", path, "fast-import", "--quiet", "--force", "--done"], { input: history });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path } } },
    environments: { default: { storage: "default", default: true } },
  });
  await (await daemon.start()).settled;
  const clone = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", `${daemon.url()}/git/default`, clone]);
  await nativeGit(["fsck", "--full", "--strict"], { cwd: clone });
  t.is(await nativeGit(["rev-list", "--count", "HEAD"], { cwd: clone }), await git("rev-list", "--count", "main"));
});
