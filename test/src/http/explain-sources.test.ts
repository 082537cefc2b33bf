import { rename } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

interface Source {
  readonly file: string;
  readonly line?: number;
  readonly commit?: string;
}

const PATH = "default/features.yaml";
const flags = (...names: readonly string[]): string =>
  `namespace: default\nflags:\n${names.map((name, at) => `- key: f${at}\n  name: ${name}\n  type: BOOLEAN_FLAG_TYPE\n`).join("")}`;

/** A daemon over a repository's newest commit alone. */
async function shallow(t: ExecutionContext, repository: TemporaryRepository) {
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "memory" }, remote: repository.url, poll_interval: "1h" } },
  });
  await (await daemon.start()).settled;
  const source = async (flagKey: string): Promise<Source> => {
    const body = JSON.stringify({ flagKey, entityId: "e" });
    const answer = await ask(daemon.url(), "POST", "evaluate/v1/explain", { body });
    t.is(answer.status, 200, JSON.stringify(answer.body));
    return (answer.body as { readonly steps: readonly [{ readonly source: Source }] }).steps[0].source;
  };
  /** Asks until a commit is told: on a crowded machine one answer may come before it is found. */
  const sourceWithCommit = async (flagKey: string): Promise<Source> => {
    const until = performance.now() + 120_000;
    for (;;) {
      const found = await source(flagKey);
      if (found.commit !== undefined || performance.now() > until) return found;
    }
  };
  const sync = async (): Promise<void> => {
    t.is((await ask(daemon.url(), "POST", "api/storages/default/sync?wait=true")).status, 200);
  };
  return { source, sourceWithCommit, sync };
}

test.serial("the past is fetched for the last change of a flag; a faulty commit after it does not count", async (t) => {
  const repository = await temporaryRepository(t);
  const first = await repository.commit({ [PATH]: flags("one", "two") });
  for (let index = 0; index < 20; index += 1) await repository.commit({ "notes.txt": `${index}` });
  const second = await repository.commit({ [PATH]: flags("one", "other") });
  const { sourceWithCommit, sync } = await shallow(t, repository);
  t.like(await sourceWithCommit("f1"), { file: PATH, line: 6, commit: second });
  t.like(await sourceWithCommit("f0"), { file: PATH, line: 3, commit: first });
  const faulty = await repository.commit({ [PATH]: `${flags("changed", "other")}rubbish: [` });
  await sync();
  t.like(await sourceWithCommit("f0"), { file: PATH, line: 3, commit: first });
  await repository.commit({ [PATH]: flags("changed", "other") });
  await sync();
  // What is served now was first written by the commit that had a fault elsewhere, as git blame says.
  t.like(await sourceWithCommit("f0"), { file: PATH, line: 3, commit: faulty });
});

test.serial("where the remote gives no past, a flag has its place and no commit", async (t) => {
  const repository = await temporaryRepository(t);
  await repository.commit({ [PATH]: flags("one") });
  await repository.commit({ "notes.txt": "1" });
  const { source } = await shallow(t, repository);
  await rename(repository.path, `${repository.path}.away`);
  const found = await source("f0");
  t.like(found, { file: PATH, line: 3, commit: undefined });
  t.is((await source("f0")).commit, undefined);
});
