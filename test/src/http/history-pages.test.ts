import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Answer, ask } from "../helpers/http/answers.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

const PATH = "default/features.yaml";

interface Started {
  readonly repository: TemporaryRepository;
  readonly page: (query: string, environment?: string) => Promise<Answer>;
  readonly revisions: (query: string, environment?: string) => Promise<readonly string[]>;
}

const flags = (name: string): Readonly<Record<string, string>> => ({
  [PATH]: `namespace: default\nflags:\n  - {key: f, name: ${name}, enabled: true}\n`,
});

/** A daemon on a clone with five commits on `main`, and its branches. */
async function start(t: ExecutionContext): Promise<Started> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (const name of ["one", "two", "three", "four"]) await repository.commit(flags(name));
  const main = (await repository.head()) ?? "";
  await repository.commit(flags("secret"), { branch: "hidden", parent: main });
  await repository.commit(flags("branched"), { branch: "flipt/default/next", parent: main });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await daemon.start();
  const page = (query: string, environment = "default"): Promise<Answer> =>
    ask(daemon.url(), "GET", `api/v2/environments/${environment}/history?${query}`);
  return {
    repository,
    page,
    revisions: async (query, environment) => {
      const { body } = await page(query, environment);
      return (body as { readonly commits: { readonly revision: string }[] }).commits.map(({ revision }) => revision);
    },
  };
}

test("a page of history begins at no commit but those of the environment's own branch", async (t) => {
  const { repository, page, revisions } = await start(t);
  const hidden = (await repository.head("hidden")) ?? "";
  const branched = (await repository.head("flipt/default/next")) ?? "";
  for (const commit of [hidden, branched, "f".repeat(40), await repository.git("rev-parse", "main^{tree}")]) {
    const answer = await page(`pageToken=${commit}`);
    t.deepEqual(
      [answer.status, answer.body],
      [404, { code: 5, message: `pageToken "${commit}" not found`, details: [] }],
    );
  }
  t.is((await page(`pageToken=${hidden}`, "next")).status, 404);
  t.is((await revisions(`limit=1&pageToken=${branched}`, "next"))[0], branched);
  t.is((await page("pageToken=main")).status, 400);
});

test("pages follow each other while the branch moves on, and not below what was rewritten", async (t) => {
  const { repository, page, revisions } = await start(t);
  const all = await revisions("");
  t.is(all.length, 5);
  const paged: string[] = [];
  let query = "limit=1";
  for (let index = 0; index < 5; index += 1) {
    const { body } = await page(query);
    const { commits, nextPageToken } = body as { commits: { revision: string }[]; nextPageToken: string };
    paged.push(...commits.map(({ revision }) => revision));
    query = `limit=1&pageToken=${nextPageToken}`;
    await repository.commit(flags(`later-${index}`));
    const head = await repository.head();
    await eventually(
      () => revisions("limit=1"),
      ([newest]) => newest === head,
    );
  }
  t.deepEqual(paged, all);
  const [, second = "", third = ""] = all;
  t.is((await page(`pageToken=${second}`)).status, 200);
  const rewritten = await repository.commit(flags("rewritten"), { parent: third });
  await eventually(
    () => revisions("limit=1"),
    ([newest]) => newest === rewritten,
  );
  t.is((await page(`pageToken=${second}`)).status, 404);
  t.is((await page(`pageToken=${third}`)).status, 200);
});
