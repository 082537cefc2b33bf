import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ComparedFetches } from "../helpers/git-servers/compared-fetches.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
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
  const seed = Math.floor(Math.random() * 1e8);
  for (let round = 0; round < ROUNDS; round += 1) t.is(await compared.run(seed + round), undefined);
});
