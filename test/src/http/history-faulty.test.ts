import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { ask } from "../helpers/http/answers.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "shop/features.yaml";
const OTHER = "other/features.yaml";

const shop = (name: string): string =>
  [
    "namespace: shop",
    "flags:",
    `- {key: cart, name: ${name}, type: VARIANT_FLAG_TYPE, rules: [{segment: staff}]}`,
    "- {key: search, name: Search}",
    "segments:",
    "- {key: staff, name: Staff, match_type: ALL_MATCH_TYPE}",
    "",
  ].join("\n");
const other = (name: string): string => `namespace: other\nflags:\n- {key: banner, name: ${name}}\n`;

/** Contents that a commit may give a file so that it is not served. */
const FAULTY: Readonly<Record<string, string>> = {
  "an unclosed list": "namespace: shop\nflags: [",
  "a flag of an unknown type": "namespace: shop\nflags:\n- {key: cart, name: C, type: BOOLEN_FLAG_TYPE}\n",
  "nothing but null": "null\n",
  "no readable namespace": '"',
  "a segment that is not there": shop("Cart").replace("segment: staff", "segment: stuff"),
};

interface Entry {
  readonly revision: string;
  readonly changes: readonly string[];
}

interface Shown {
  readonly revision: string;
  readonly changes: readonly { namespaceKey: string; key: string; before?: object; after?: object }[];
}

/** Commits, and the changes that each is said to have made, as `+shop/cart`. */
async function historyOf(
  t: ExecutionContext,
  repository: TemporaryRepository,
  query = "",
  path = "",
): Promise<Entry[]> {
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "memory" }, remote: repository.url } },
  });
  await (await daemon.start()).settled;
  const commits: Shown[] = [];
  let token: string | undefined;
  // A busy machine may need several pages for what is asked for without a limit.
  do {
    const parameters = token === undefined ? query : `${query}&pageToken=${token}`;
    const { status, body } = await ask(daemon.url(), "GET", `api/v2/environments/default${path}/history?${parameters}`);
    t.is(status, 200, JSON.stringify(body));
    const page = body as { readonly commits: readonly Shown[]; readonly nextPageToken: string };
    commits.push(...page.commits);
    token = page.nextPageToken;
  } while (token !== "" && !query.includes("limit"));
  return commits.map(({ revision, changes }) => ({
    revision,
    changes: changes.map(({ namespaceKey, key, before, after }) => {
      const sign = before === undefined ? "+" : after === undefined ? "-" : "~";
      return `${sign}${namespaceKey}/${key}`;
    }),
  }));
}

for (const [title, text] of Object.entries(FAULTY)) {
  test(`a commit that leaves a file with ${title} is not in the history, and its repair shows what is served anew`, async (t) => {
    t.timeout(180_000);
    const repository = await temporaryRepository(t, { files: { [PATH]: shop("Cart"), [OTHER]: other("one") } });
    const first = (await repository.head()) ?? "";
    await repository.commit({ [PATH]: text });
    const beside = await repository.commit({ [PATH]: `${text}\n`, [OTHER]: other("two") });
    const repair = await repository.commit({ [PATH]: shop("Basket") });

    const history = await historyOf(t, repository);
    t.deepEqual(history.slice(0, 2), [
      { revision: repair, changes: ["~shop/cart"] },
      { revision: beside, changes: ["~other/banner"] },
    ]);
    t.deepEqual(
      history.slice(2).map(({ revision }) => revision),
      [first],
    );
    t.deepEqual(await historyOf(t, repository, `limit=1&pageToken=${repair}`), [history[0]]);
    const item = "/namespaces/shop/resources/flipt.core.Flag/search";
    t.deepEqual(await historyOf(t, repository, "", item), [{ revision: first, changes: ["+shop/search"] }]);
  });
}

test("a repair that brings back what was served is no change", async (t) => {
  const repository = await temporaryRepository(t, { files: { [PATH]: shop("Cart") } });
  const first = (await repository.head()) ?? "";
  await repository.commit({ [PATH]: "flags: [" });
  await repository.commit({ [PATH]: shop("Cart") });
  t.deepEqual(
    (await historyOf(t, repository)).map(({ revision }) => revision),
    [first],
  );
});

test("a file that goes while it is faulty takes away what was served of it", async (t) => {
  const repository = await temporaryRepository(t, { files: { [PATH]: shop("Cart"), [OTHER]: other("one") } });
  await repository.commit({ [PATH]: "flags: [" });
  const removal = await repository.commit({ [PATH]: undefined });
  const again = await repository.commit({ [PATH]: shop("Cart") });
  const history = await historyOf(t, repository);
  const items = ["shop/shop", "shop/cart", "shop/search", "shop/staff"];
  t.deepEqual(history.slice(0, 2), [
    { revision: again, changes: items.map((item) => `+${item}`) },
    { revision: removal, changes: items.map((item) => `-${item}`) },
  ]);
});

test("a file that was never good before adds all that it holds", async (t) => {
  const repository = await temporaryRepository(t, { files: { [PATH]: "flags: [", [OTHER]: other("one") } });
  const first = (await repository.head()) ?? "";
  const repair = await repository.commit({ [PATH]: shop("Cart") });
  t.deepEqual(await historyOf(t, repository), [
    { revision: repair, changes: ["+shop/shop", "+shop/cart", "+shop/search", "+shop/staff"] },
    { revision: first, changes: ["+other/other", "+other/banner"] },
  ]);
});

test("a change to one file of a namespace counts when the other file of it is repaired", async (t) => {
  const more = (name: string): string => `namespace: shop\nflags:\n- {key: more, name: ${name}}\n`;
  const repository = await temporaryRepository(t, { files: { [PATH]: shop("Cart"), "more/features.yaml": more("a") } });
  const first = (await repository.head()) ?? "";
  await repository.commit({ [PATH]: "flags: [" });
  await repository.commit({ "more/features.yaml": more("b") });
  const repair = await repository.commit({ [PATH]: shop("Cart") });
  const history = await historyOf(t, repository);
  t.deepEqual(
    history.map(({ revision }) => revision),
    [repair, first],
  );
  t.deepEqual(history[0]?.changes, ["~shop/more"]);
});
