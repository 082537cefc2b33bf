import test, { type ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { eventsOf } from "../helpers/http/event-stream.js";
import { openStream } from "../helpers/http/open-stream.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const ROLLBACK = "/api/v2/environments/default/rollback";

async function start(t: ExecutionContext, files: Readonly<Record<string, string>>, more: object = {}) {
  const repository = await temporaryRepository(t, { files });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    ...more,
  });
  await (await daemon.start()).settled;
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const response = await fetch(daemon.url() + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };
  return { repository, daemon, call };
}

test("an environment goes back by one commit: its features files byte for byte, and nothing else", async (t) => {
  const names = ["alpha", "beta", "gamma"];
  const files = Object.fromEntries(
    names.map((name) => [`${name}/features.yaml`, `# ${name}\nnamespace: ${name}\nflags: [] # none\n`]),
  );
  const { repository, daemon, call } = await start(t, { ...EXAMPLE_FILES, ...files, "README.md": "one\n" });
  const to = (await repository.head()) ?? "";
  const head = await repository.commit({
    "alpha/features.yaml": undefined,
    "beta/features.yaml": "namespace: beta\nflags: [{key: x, name: X}]\n",
    "delta/features.json": '{"namespace":"delta"}',
    "README.md": "two\n",
    "beta/features.test.yaml": 'version: "1"\ntests: []\n',
  });
  await eventually(
    async () => (await call("GET", "/api/v2/environments/default/namespaces")).body.revision as string,
    (revision) => revision === head,
  );
  const stream = await openStream(t, `${daemon.url()}/api/v2/events?environment=default`);
  const trial = await call("POST", ROLLBACK, { to: to.slice(0, 9), dryRun: true });
  t.is(trial.status, 200, JSON.stringify(trial.body));
  t.deepEqual(trial.body.preview.files.map(({ path, change }: Json) => [path, change]).sort(), [
    ["alpha/features.yaml", "add"],
    ["beta/features.yaml", "modify"],
    ["delta/features.json", "delete"],
  ]);
  t.is(await repository.head(), head);
  const { status, body } = await call("POST", ROLLBACK, { to: to.slice(0, 9), revision: head });
  t.is(status, 200, JSON.stringify(body));
  t.is(body.revision, await repository.head());
  t.is(await repository.git("log", "-1", "--format=%P"), head);
  t.is(
    await repository.git("log", "-1", "--format=%B"),
    `roll back environment default to ${to.slice(0, 12)}\n\nVexil-Rollback: ${to.slice(0, 9)}\n`,
  );
  t.is(await repository.git("diff", "--name-only", to, "main"), "README.md\nbeta/features.test.yaml");
  const events = await eventually(
    async () => eventsOf(stream.text()).filter((event) => event.kind === "change"),
    (seen) => seen.length >= 3,
  );
  t.deepEqual(new Set(events.map((event) => event.kind === "change" && event.origin)), new Set(["rollback"]));
  t.deepEqual(new Set(events.map(({ revision }) => revision)), new Set([body.revision]));
  const again = await call("POST", ROLLBACK, { to });
  t.deepEqual(again, { status: 200, body: { revision: body.revision } });
  const nothing = await call("POST", ROLLBACK, { to, dryRun: true });
  t.deepEqual(nothing.body.preview, { revision: body.revision, files: [], moreFiles: 0 });
});

test("a revision is named by steps from the branch, by a tag or by a time as well", async (t) => {
  const { repository, call } = await start(t, EXAMPLE_FILES);
  const file = "default/features.yaml";
  const before = await repository.read(file);
  const rollback = `${ROLLBACK.replace("/rollback", "")}/namespaces/default/rollback`;
  await repository.git("tag", "-a", "-m", "Release", "v1");
  for (const to of ["main~1", "HEAD^", "v1"]) {
    const head = await repository.commit({ [file]: "flags: []\n" });
    await eventually(
      async () => (await call("GET", "/api/v2/environments/default/namespaces")).body.revision as string,
      (revision) => revision === head,
    );
    t.is((await call("POST", rollback, { to })).status, 200, to);
    t.is(await repository.read(file), before, to);
  }
  const head = await repository.head();
  const unchanged = await call("POST", rollback, { to: new Date().toISOString() });
  t.deepEqual(unchanged, { status: 200, body: { revision: head } }, "it is served now");
});

test("a revision with a fault brings nothing back, and a fault of today goes by rolling back", async (t) => {
  const good = EXAMPLE_FILES["ops/features.yaml"] ?? "";
  const { repository, call } = await start(t, EXAMPLE_FILES);
  const first = (await repository.head()) ?? "";
  const faulty = await repository.commit({ "ops/features.yaml": "flags: [" });
  const now = await repository.commit({ "ops/features.yaml": `${good}# good again\n` });
  const refused = await call("POST", ROLLBACK, { to: faulty, revision: now });
  t.is(refused.status, 409);
  t.regex(refused.body.message, new RegExp(`^at revision "${faulty}" ops/features\\.yaml.* had a fault`));
  t.is(await repository.head(), now);
  const revision = await repository.commit({ "ops/features.yaml": "flags: [" });
  const back = await call("POST", ROLLBACK, { to: first, revision });
  t.is(back.status, 200, JSON.stringify(back.body));
  t.is(`${await repository.read("ops/features.yaml")}\n`, good);
});

test("an environment in a directory goes back alone", async (t) => {
  const file = (key: string): string => `namespace: n\nflags: [{key: ${key}, name: F}]\n`;
  const { repository, call } = await start(
    t,
    { "one/n/features.yaml": file("a"), "two/n/features.yaml": file("a") },
    { environments: { default: { directory: "one", default: true }, other: { directory: "two" } } },
  );
  const to = (await repository.head()) ?? "";
  const files = { "one/n/features.yaml": file("b"), "two/n/features.yaml": file("b") };
  const revision = await repository.commit(files);
  const { status, body } = await call("POST", ROLLBACK, { to, revision });
  t.is(status, 200, JSON.stringify(body));
  t.is(await repository.git("diff", "--name-only", to, "main"), "two/n/features.yaml");
});

test("hundreds of namespaces go back as one, and a conflict of one of them refuses all", async (t) => {
  t.timeout(120_000);
  const named = (text: string) =>
    Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [
        `n${index}/features.yaml`,
        `namespace: n${index}\nflags: [{key: f, name: ${text}}]\n`,
      ]),
    );
  const { repository, call } = await start(t, named("One"));
  const to = (await repository.head()) ?? "";
  const seen = await repository.commit(named("Two"));
  await repository.commit({ "n299/features.yaml": "namespace: n299\n" });
  const refused = await call("POST", ROLLBACK, { to, revision: seen });
  t.is(refused.status, 409, JSON.stringify(refused.body));
  const trial = await call("POST", ROLLBACK, { to, dryRun: true });
  t.is(trial.body.preview.files.length, 300);
  t.is(trial.body.preview.moreFiles, 0);
  const back = await call("POST", ROLLBACK, { to, message: "back to one" });
  t.is(back.status, 200, JSON.stringify(back.body));
  t.is(await repository.git("rev-parse", "main^{tree}"), await repository.git("rev-parse", `${to}^{tree}`));
});
