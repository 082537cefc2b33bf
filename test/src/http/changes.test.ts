import test, { type ExecutionContext } from "ava";
import { changedPlaces } from "../../../daemon/dist/http/management/changes-request.js";
import { Message } from "../../../daemon/dist/http/message.js";
import type { Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { rightsDaemon } from "../helpers/http/rights-daemon.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "/api/v2/environments/default/changes";

const flag = (namespaceKey: string, key: string, more: object = {}) => ({
  namespaceKey,
  key,
  payload: { "@type": "flipt.core.Flag", name: key, type: "BOOLEAN_FLAG_TYPE", enabled: true, ...more },
});
const segment = (namespaceKey: string, key: string) => {
  return { namespaceKey, key, payload: { "@type": "flipt.core.Segment", name: key, matchType: "ALL_MATCH_TYPE" } };
};
const namespace = (key: string, name = key) => ({ key, payload: { "@type": "flipt.core.Namespace", name } });
const inSegment = (key: string) => ({
  rollouts: [
    { type: "SEGMENT_ROLLOUT_TYPE", segment: { segments: [key], value: true, segmentOperator: "OR_SEGMENT_OPERATOR" } },
  ],
});
const gone = (namespaceKey: string, key: string, type = "flipt.core.Flag") => {
  return { change: "delete", namespaceKey, key, type };
};

async function start(
  t: ExecutionContext,
  { files = {}, config = {}, remote = true }: { files?: Record<string, string>; config?: Json; remote?: boolean } = {},
) {
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, ...files } });
  const storage = remote
    ? { backend: { type: "memory" }, remote: repository.path, poll_interval: "1h" }
    : { backend: { type: "local", path: repository.path } };
  const daemon = await inProcessDaemon(t, { storage: { default: storage }, ...config });
  await (await daemon.start()).settled;
  const call = async (method: string, path: string, body?: unknown) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${daemon.url()}${path}`, { method, ...init });
    return { status: response.status, body: (await response.json()) as Json };
  };
  const commits = async (): Promise<number> => Number(await repository.git("rev-list", "--count", "main"));
  return {
    repository,
    call,
    commits,
    change: (changes: unknown, more: object = {}) => call("POST", PATH, { changes, ...more }),
  };
}

for (const remote of [true, false]) {
  test(`several changes are one commit in the ${remote ? "remote" : "local"} repository, and served`, async (t) => {
    const { repository, call, commits, change } = await start(t, { remote });
    const before = await commits();
    const changes = [
      namespace("shop", "Shop"),
      segment("shop", "adults"),
      flag("shop", "wine", inSegment("adults")),
      flag("default", "added"),
      gone("default", "plain"),
    ];
    const { status, body } = await change(changes);
    t.is(status, 200, JSON.stringify(body));
    t.is(body.revision, await repository.head());
    t.is(await commits(), before + 1);
    t.is(
      await repository.git("show", "--name-status", "--format=%an <%ae>%n%B", body.revision),
      `flipt <flipt[bot]@noreply.flipt.io>
updated multiple resources

create namespace shop
create segment shop/adults
create flag shop/wine
create flag default/added
delete flag default/plain


M\tdefault/features.yaml
A\tshop/features.yaml`,
    );
    const wine = await call("POST", "/evaluate/v1/boolean", { namespaceKey: "shop", flagKey: "wine", entityId: "ada" });
    t.true(wine.body.enabled);
    const puts = changes.filter((one) => !("change" in one));
    t.deepEqual(await change(puts), { status: 200, body: { revision: body.revision } });
    t.is(await commits(), before + 1, "what is there already makes no commit");
    const own = await change([flag("shop", "wine")], { message: "Sell wine to everybody" });
    t.is(await repository.git("log", "-1", "--format=%s", own.body.revision), "Sell wine to everybody");
  });
}

test("none of the changes is made where some cannot be, and each of these is named", async (t) => {
  const { commits, change } = await start(t);
  const before = await commits();
  const { status, body } = await change([
    flag("default", "fine"),
    { ...flag("default", "plain"), change: "create" },
    flag("nowhere", "lost"),
  ]);
  t.is(status, 409);
  t.regex(body.message, /^2 of 3 changes cannot be made, so nothing was changed: changes\.1 \(flag default\/plain\): /);
  t.deepEqual(
    body.details.map(({ change: index, resource, code }: Json) => [index, resource, code]),
    [
      [1, "flag default/plain", "VEXIL_EXISTS"],
      [2, "flag nowhere/lost", "VEXIL_NOT_FOUND"],
    ],
  );
  const unread = await change([
    flag("default", "fine"),
    flag("default", "wrong", { enabled: "perhaps" }),
    { key: "x", namespaceKey: "default", payload: { "@type": "flipt.core.Unknown" } },
    { change: "delete", namespaceKey: "default", key: "x" },
    flag("default", ""),
    7,
    flag("", "nowhere"),
  ]);
  t.is(unread.status, 400);
  t.deepEqual(
    unread.body.details.map(({ change: index }: Json) => index),
    [1, 2, 3, 4, 5, 6],
    JSON.stringify(unread.body),
  );
  t.is((await change([flag("default", "x", { name: "half \ud83d" })])).status, 400);
  t.is(await commits(), before);
});

test("there is a bound on how many changes are made at once", async (t) => {
  const { change, commits } = await start(t);
  const before = await commits();
  const most = await change(Array.from({ length: 5_001 }, (_, index) => flag("default", `flag-${index}`)));
  t.is(most.status, 413);
  t.regex(most.body.message, /changes: more than 5000/);
  for (const none of [[], undefined, "all"]) t.is((await change(none)).status, 400);
  t.is(await commits(), before);
});

test("changes that name a revision are refused where one of their files has changed since", async (t) => {
  const { repository, commits, change } = await start(t);
  const revision = await repository.head();
  await repository.commit({ "ops/features.yaml": `# new\n${EXAMPLE_FILES["ops/features.yaml"]}` });
  const before = await commits();
  const changes = [flag("default", "added"), flag("ops", "added")];
  const late = await change(changes, { revision });
  t.is(late.status, 409);
  t.regex(late.body.message, /has changed/);
  t.is(await commits(), before);
  t.is((await change([flag("default", "added")], { revision })).status, 200, "its file is as it was");
  t.is((await change(changes, { revision: await repository.head() })).status, 200);
  t.is(await commits(), before + 2);
});

test("changes that enforced tests would fail with are refused as a whole", async (t) => {
  const cases = `version: "1"\ntests:\n  - { name: on, flag: banner, entity: ada, expect: { enabled: true } }\n`;
  const config = { environments: { default: { default: true, tests: "enforce" } } };
  const { commits, change } = await start(t, { files: { "default/features.test.yaml": cases }, config });
  const before = await commits();
  const refused = await change([flag("ops", "added"), flag("default", "banner", { enabled: false })]);
  t.is(refused.status, 422);
  t.is(refused.body.details[0].test.name, "on");
  t.is(await commits(), before);
  t.is((await change([flag("ops", "added"), flag("default", "banner")])).status, 200);
});

test("a trial shows what the changes would do, and commits nothing", async (t) => {
  const { commits, change } = await start(t);
  const before = await commits();
  const { status, body } = await change([namespace("shop"), flag("shop", "wine")], { dryRun: true });
  t.is(status, 200);
  t.regex(body.preview.files[0].diff, /^\+ {2}- key: wine$/m);
  t.is(await commits(), before);
});

test("rights are asked for in every namespace", async (t) => {
  const daemon = await rightsDaemon(t);
  const change = (token: string, ...changes: unknown[]) =>
    daemon.as(token, "POST", "/api/v2/environments/staging/changes", { changes });
  t.is((await change("team", flag("team-a", "a"))).status, 200);
  t.is((await change("team", flag("team-a", "b"), flag("default", "b"))).status, 403);
  t.is((await change("team", flag("team-a", "b"), gone("default", "on"))).status, 403);
  t.is((await change("team", namespace("team-b"))).status, 403);
  t.is((await change("team", namespace("team-a"), flag("team-a", "b"))).status, 200);
  t.is((await change("team")).status, 403, "of nothing it is not known where");
  t.is((await change("team", flag("team-a", "b"), 7)).status, 403);
  t.is((await change("editor", flag("team-a", "c"), flag("default", "c"))).status, 200);
  t.is((await change("nobody", flag("team-a", "d"))).status, 403);
  const log = await daemon.as("root", "GET", "/api/v2/environments/staging/history");
  t.is(log.body.commits[0].actor, "token:editor");
});

test("what may be made or replaced needs the right to both, and what cannot be read that to everything", (t) => {
  const places = (...changes: unknown[]) => changedPlaces(new Message({ changes }), "staging");
  const place = (namespaceKey: string | undefined, change: string | undefined) => {
    return { environment: "staging", namespace: namespaceKey, change };
  };
  t.deepEqual(
    places(flag("a", "x"), flag("a", "y"), gone("b", "z"), { ...flag("a", "x"), change: "create" }) as object,
    [place("a", "create"), place("a", "update"), place("b", "delete")],
  );
  t.deepEqual(places({ ...namespace("c"), change: "update" }) as object, [place("c", "update")]);
  t.deepEqual(places({ change: "delete", key: "c", type: "flipt.core.Namespace" }) as object, [place("c", "delete")]);
  const unread = [
    [],
    [7],
    [{ key: "x" }],
    [{ ...flag("a", "x"), change: "burn" }],
    [{ ...flag("a", "x"), namespaceKey: 7 }],
  ];
  for (const changes of unread) t.deepEqual(places(...changes) as object, [place(undefined, undefined)]);
});
