import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { type GitHttpServer, startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

/** They wait for polls, and native git, half of their time. */
const check = testsInTurn(2);

type Kind = "memory" | "bare" | "clone";
const KINDS: readonly Kind[] = ["memory", "bare", "clone"];
/** No YAML, and nothing that names a namespace. */
const FAULTY = "flags: [";

/** A namespace with one flag, whose key tells the versions apart. */
const features = (namespace: string | undefined, version: string): string =>
  `${namespace === undefined ? "" : `namespace: ${namespace}\n`}flags:\n  - key: ${version}\n    name: flag\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`;

const GOOD = {
  "default/features.yaml": features(undefined, "default-1"),
  // Its directory is not its name.
  "billing/features.yaml": features("payments", "payments-1"),
};

interface Store {
  readonly config: Json;
  readonly server: GitHttpServer | undefined;
}

/** A memory backend takes its remote by http, with one commit; a clone has all of the past. */
async function storeOf(
  t: ExecutionContext,
  repository: TemporaryRepository,
  kind: Kind,
  more: Json = {},
): Promise<Store> {
  const server = kind === "memory" ? await startGitHttpServer(t, repository.path) : undefined;
  const path = join(await temporaryDirectory(t), "store");
  if (kind === "clone") await nativeGit(["clone", "-q", repository.path, path]);
  const backend = kind === "memory" ? { type: "memory" } : { type: "local", path };
  const main = { remote: server?.url ?? repository.path, poll_interval: "1s", backend, ...more };
  return { config: { storage: { main }, environments: { default: { storage: "main", default: true } } }, server };
}

async function started(t: ExecutionContext, config: Json): Promise<InProcessDaemon> {
  const daemon = await inProcessDaemon(t, config);
  await (await daemon.start()).settled;
  return daemon;
}

const ask = async ({ url }: InProcessDaemon, path: string): Promise<{ status: number; body: Json }> => {
  const answer = await fetch(`${url()}${path}`);
  return { status: answer.status, body: await answer.json() };
};
const storageOf = async (daemon: InProcessDaemon): Promise<Json> => (await ask(daemon, "/api/status")).body.storages[0];

/** The key of the one flag of a namespace, or the status of the answer. */
async function served(daemon: InProcessDaemon, namespace: string, environment = "default"): Promise<unknown> {
  const path = `/client/v2/environments/${environment}/namespaces/${namespace}/snapshot`;
  const { status, body } = await ask(daemon, path);
  return status === 200 ? body.flags[0]?.key : status;
}

const quarantinedIn = ({ quarantined }: Json): readonly string[] => [
  ...new Set(quarantined.map((fault: Json) => `${fault.namespace} ${fault.file}`) as string[]),
];

/** Commits that leave the flag files alone. */
async function others(repository: TemporaryRepository, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await repository.commit({ "notes.txt": `${n}` });
}

for (const kind of KINDS) {
  check(`a start without state serves the last good version of what is faulty (${kind})`, async (t) => {
    const repository = await temporaryRepository(t, { files: GOOD });
    await repository.commit({ "billing/features.yaml": features("payments", "payments-2") });
    await others(repository, 20);
    await repository.commit({ "billing/features.yaml": "namespace: payments\nflags: {}\n" });
    await repository.commit({
      "billing/features.yaml": FAULTY,
      "default/features.yaml": features(undefined, "default-2"),
    });
    const { config, server } = await storeOf(t, repository, kind);
    const daemon = await started(t, config);
    t.is(await served(daemon, "payments"), "payments-2");
    t.is(await served(daemon, "default"), "default-2");
    t.is(await served(daemon, "billing"), 404);
    const status = await storageOf(daemon);
    t.is(status.state, "ready");
    t.deepEqual(quarantinedIn(status), ["payments billing/features.yaml"]);
    t.is(status.unservedNamespaces, undefined);
    t.is((await ask(daemon, "/health/ready")).status, 200);
    // The next poll finds nothing to do.
    const before = server?.requests.length ?? 0;
    await daemon.daemon.reload(daemon.daemon.config);
    await fetch(`${daemon.url()}/api/storages/main/sync?wait=true`, { method: "POST" });
    t.true((server?.requests.length ?? 0) - before <= 4);
    t.is(await served(daemon, "payments"), "payments-2");
    await repository.commit({ "billing/features.yaml": features("payments", "payments-3") });
    await eventually(
      () => served(daemon, "payments"),
      (name) => name === "payments-3",
    );
  });

  const content = { memory: "null\n", bare: "~", clone: "# nothing\n--- null\n...\n" }[kind];
  check(`a file of just null is a fault and keeps its state: ${JSON.stringify(content)} (${kind})`, async (t) => {
    const repository = await temporaryRepository(t, { files: GOOD });
    const { config } = await storeOf(t, repository, kind);
    const daemon = await started(t, config);
    const head = await repository.commit({ "default/features.yaml": content, "billing/features.yaml": content });
    const status = await eventually(
      () => storageOf(daemon),
      ({ revision }) => revision === head,
    );
    t.deepEqual([...quarantinedIn(status)].sort(), ["default default/features.yaml", "payments billing/features.yaml"]);
    t.is(await served(daemon, "default"), "default-1");
    t.is(await served(daemon, "payments"), "payments-1");
    await daemon.stop();

    const { config: fresh } = await storeOf(t, repository, kind);
    const again = await started(t, fresh);
    t.is(await served(again, "default"), "default-1");
    t.is(await served(again, "payments"), "payments-1");
  });
}

check("what the branch itself had counts before what was merged into it", async (t) => {
  const repository = await temporaryRepository(t, { files: GOOD });
  const base = await repository.head();
  const other = { branch: "topic", ...(base === undefined ? {} : { parent: base }) };
  await repository.commit({ "billing/features.yaml": features("payments", "topic-2") }, other);
  await repository.commit({ "billing/features.yaml": FAULTY }, { branch: "topic" });
  await repository.commit({ "billing/features.yaml": features("payments", "payments-2") });
  await others(repository, 2);
  // The merge takes the topic's file.
  const tree = await repository.git("rev-parse", "topic^{tree}");
  const merge = await repository.git("commit-tree", tree, "-p", "main", "-p", "topic", "-m", "merge");
  await repository.git("update-ref", "refs/heads/main", merge);
  await others(repository, 1);
  for (const kind of KINDS) {
    const { config } = await storeOf(t, repository, kind);
    const daemon = await started(t, config);
    t.is(await served(daemon, "payments"), "payments-2", kind);
    await daemon.stop();
  }
});

check("what only a merged branch had is found there", async (t) => {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FAULTY } });
  await repository.commit(
    { "billing/features.yaml": features("payments", "topic-1"), "default/features.yaml": features(undefined, "topic") },
    { branch: "topic", root: true },
  );
  await repository.commit({ "billing/features.yaml": FAULTY, "default/features.yaml": FAULTY }, { branch: "topic" });
  const tree = await repository.git("rev-parse", "topic^{tree}");
  const merge = await repository.git("commit-tree", tree, "-p", "main", "-p", "topic", "-m", "merge");
  await repository.git("update-ref", "refs/heads/main", merge);
  for (const kind of KINDS) {
    const { config } = await storeOf(t, repository, kind);
    const daemon = await started(t, config);
    t.is(await served(daemon, "payments"), "topic-1", kind);
    t.is(await served(daemon, "default"), "topic", kind);
    await daemon.stop();
  }
});

for (const policy of ["strict", "lenient"] as const) {
  for (const kind of KINDS) {
    check(
      `without a good version the namespace is named, and a strict start is not ready (${kind}, ${policy})`,
      async (t) => {
        const repository = await temporaryRepository(t, { files: GOOD });
        await repository.commit({ "fresh/features.yaml": FAULTY });
        await others(repository, 3);
        const { config } = await storeOf(t, repository, kind, { fetch_policy: policy });
        const daemon = await started(t, config);
        const status = await storageOf(daemon);
        t.deepEqual(status.unservedNamespaces, [{ environment: "default", namespace: "fresh" }]);
        t.is(status.state, policy === "strict" ? "starting" : "ready");
        const ready = await ask(daemon, "/health/ready");
        t.is(ready.status, policy === "strict" ? 503 : 200);
        if (policy === "strict") t.regex(JSON.stringify(ready.body), /without a good version: default\/fresh/);
        t.is((await ask(daemon, "/health/live")).status, 200);
        t.is(await served(daemon, "default"), "default-1");
        const told = daemon.lines.filter(({ event }) => event === "namespace.unserved");
        t.deepEqual(
          told.map(({ level, environment, namespace }) => [level, environment, namespace]),
          [["error", "default", "fresh"]],
        );
        await repository.commit({ "fresh/features.yaml": features("fresh", "fresh-1") });
        await eventually(
          () => served(daemon, "fresh"),
          (name) => name === "fresh-1",
        );
        await eventually(
          () => ask(daemon, "/health/ready"),
          ({ status: code }) => code === 200,
        );
        // What goes wrong later takes no instance out of service.
        const head = await repository.commit({ "newer/features.yaml": FAULTY });
        const later = await eventually(
          () => storageOf(daemon),
          ({ revision, unservedNamespaces }) => revision === head && unservedNamespaces !== undefined,
        );
        t.deepEqual(later.unservedNamespaces, [{ environment: "default", namespace: "newer" }]);
        t.is(later.state, "ready");
      },
    );
  }
}

check("the past is looked through as far as limits.history_depth goes", async (t) => {
  const repository = await temporaryRepository(t, { files: GOOD });
  await repository.commit({ "billing/features.yaml": FAULTY });
  await others(repository, 3);
  for (const kind of KINDS) {
    const near = await storeOf(t, repository, kind, { fetch_policy: "lenient", limits: { history_depth: 3 } });
    const daemon = await started(t, near.config);
    t.is(await served(daemon, "payments"), 404, kind);
    t.deepEqual((await storageOf(daemon)).unservedNamespaces, [{ environment: "default", namespace: "billing" }], kind);
    await daemon.stop();
    const far = await storeOf(t, repository, kind, { fetch_policy: "lenient", limits: { history_depth: 4 } });
    const other = await started(t, far.config);
    t.is(await served(other, "payments"), "payments-1", kind);
    await other.stop();
  }
});

check(
  "a namespace whose references lead nowhere is looked up, too, and so are branches of the environment",
  async (t) => {
    const repository = await temporaryRepository(t, { files: GOOD });
    const broken = `${features("payments", "x")}    rollouts:\n      - segment: { key: nobody }\n`;
    await repository.commit({ "billing/features.yaml": features("payments", "payments-2") });
    await repository.commit({ "billing/features.yaml": broken });
    await repository.git("branch", "flipt/default/try", "main");
    await repository.commit({ "billing/features.yaml": FAULTY }, { branch: "flipt/default/try" });
    for (const kind of KINDS) {
      const { config } = await storeOf(t, repository, kind);
      const daemon = await started(t, config);
      t.is(await served(daemon, "payments"), "payments-2", kind);
      if (kind !== "clone") t.is(await served(daemon, "payments", "try"), "payments-2", kind);
      await daemon.stop();
    }
  },
);

check("what was looked up is there at the next start, also without the remote", async (t) => {
  const repository = await temporaryRepository(t, { files: GOOD });
  await others(repository, 20);
  await repository.commit({ "billing/features.yaml": FAULTY });
  const remote = await startGitHttpServer(t, repository.path);
  const { config } = await storeOf(t, repository, "bare", { fetch_policy: "lenient", remote: remote.url });
  const first = await started(t, config);
  t.is(await served(first, "payments"), "payments-1");
  await repository.commit({ "notes.txt": "more" });
  await fetch(`${first.url()}/api/storages/main/sync?wait=true`, { method: "POST" });
  await first.stop();
  await remote.close();
  const second = await inProcessDaemon(t, config);
  await second.start();
  t.is(await served(second, "payments"), "payments-1");
});

check("a typing error in the key namespace holds up the file's own namespace and not default", async (t) => {
  const repository = await temporaryRepository(t, { files: GOOD });
  await repository.commit({
    "billing/features.yaml": features("payments", "x").replace("namespace:", "namspace:"),
    "default/features.yaml": features(undefined, "default-2"),
  });
  const { config } = await storeOf(t, repository, "memory");
  const daemon = await started(t, config);
  t.is(await served(daemon, "payments"), "payments-1");
  t.is(await served(daemon, "default"), "default-2");
  t.deepEqual(quarantinedIn(await storageOf(daemon)), ["payments billing/features.yaml"]);
});

for (const policy of ["strict", "lenient"] as const) {
  check(
    `a remote that does not give its past holds a ${policy} start up no longer than that policy says`,
    async (t) => {
      const repository = await temporaryRepository(t, { files: GOOD });
      await repository.commit({ "billing/features.yaml": FAULTY });
      const server = await startFaultServer(t, repository.path);
      let fetches = 0;
      // The newest commit comes, what is older does not.
      const rewrite = (body: Buffer, kind: string): Buffer => {
        if (kind !== "fetch") return body;
        fetches += 1;
        return fetches === 1 ? body : Buffer.alloc(0);
      };
      await server.fail({ type: "rewrite", on: ["fetch"], rewrite });
      const { config } = await storeOf(t, repository, "bare", { remote: server.url, fetch_policy: policy });
      const daemon = await started(t, config);
      t.is(await served(daemon, "default"), "default-1");
      t.is((await ask(daemon, "/health/ready")).status, policy === "strict" ? 503 : 200);
      t.true(daemon.lines.some(({ event }) => event === "namespace.unserved"));
      t.deepEqual((await storageOf(daemon)).unservedNamespaces, [{ environment: "default", namespace: "billing" }]);
      await server.fail(undefined);
      await eventually(
        () => served(daemon, "payments"),
        (key) => key === "payments-1",
      );
      await eventually(
        () => ask(daemon, "/health/ready"),
        ({ status }) => status === 200,
      );
      // The status follows once the rebuild that serves it has ended.
      await eventually(
        async () => (await storageOf(daemon)).unservedNamespaces,
        (unserved) => unserved === undefined,
      );
    },
  );
}
