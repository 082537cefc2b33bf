import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ComparedFetches } from "../helpers/git-servers/compared-fetches.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

/** Compares what clients get by Vexil with what they get by git's own server; the exit code says whether it is the same. */
export async function gitServeMain({
  rounds,
  seed,
}: {
  readonly rounds: number;
  readonly seed: number;
}): Promise<void> {
  console.log(`${rounds} random histories, fetched four times each by git and by Vexil, from seed ${seed}`);
  const undo: (() => unknown)[] = [];
  const scope = { teardown: (step: () => unknown) => void undo.push(step) };
  const { path, git } = await temporaryRepository(scope, { files: EXAMPLE_FILES });
  for (const name of ["allowTipSHA1InWant", "allowReachableSHA1InWant"])
    await git("config", `uploadpack.${name}`, "true");
  const reference = await startGitHttpServer(scope, path);
  const daemon = await inProcessDaemon(scope, {
    storage: { default: { backend: { type: "local", path } } },
    environments: { default: { storage: "default", default: true } },
  });
  await (await daemon.start()).settled;
  const compared = new ComparedFetches(scope, {
    repository: path,
    reference: reference.url,
    served: `${daemon.url()}/git/default`,
  });
  let problems = 0;
  for (let round = 0; round < rounds; round += 1) {
    const problem = await compared.run(seed + round);
    if (problem !== undefined) console.log(problem);
    problems += Number(problem !== undefined);
    if ((round + 1) % 25 === 0) console.log(`${round + 1} done`);
  }
  for (const step of undo.reverse()) await step();
  console.log(problems === 0 ? "all held" : `${problems} did not hold`);
  process.exitCode = problems === 0 ? 0 : 1;
}
