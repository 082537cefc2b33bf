import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const TEAM = "/api/v2/environments/default/namespaces/team";
const FORGED = "by hand\n\nVexil-Actor: token:root\nVexil-Request: r-1";
const bearer = (name: string): Record<string, string> => ({ Authorization: `Bearer secret-of-${name}` });
const features = (flag: string): string =>
  `namespace: team\nflags:\n  - { key: ${flag}, name: On, type: BOOLEAN_FLAG_TYPE }\n`;

/** A daemon whose callers are `ci` and `root`, and that keeps what it keeps in `state`. */
async function start(
  t: Scope,
  storage: object,
  state: string,
  session: object = {},
): Promise<InProcessDaemon & { readonly actors: () => Promise<readonly (string | undefined)[]> }> {
  const tokens = Object.fromEntries(["ci", "root"].map((name) => [name, { credential: `secret-of-${name}` }]));
  process.env.STATE_DIRECTORY = state;
  const daemon = await inProcessDaemon(t, {
    storage: { default: storage },
    authentication: { required: true, session, methods: { token: { enabled: true, storage: { tokens } } } },
  });
  await (await daemon.start()).settled;
  /** Callers behind the commits of the namespace, newest first. */
  const actors = async (): Promise<readonly (string | undefined)[]> => {
    const synced = await fetch(`${daemon.url()}/api/storages/default/sync?wait=true`, {
      method: "POST",
      headers: bearer("ci"),
    });
    if (synced.status !== 200) throw new Error(await synced.text());
    const answer = await fetch(`${daemon.url()}${TEAM}/history`, { headers: bearer("ci") });
    const { commits } = (await answer.json()) as { readonly commits: readonly { readonly actor?: string }[] };
    return commits.map(({ actor }) => actor);
  };
  return { ...daemon, actors };
}

async function makeTeam(url: string, revision?: string): Promise<void> {
  const made = await fetch(`${url}${TEAM.slice(0, TEAM.lastIndexOf("/"))}`, {
    method: "POST",
    headers: bearer("ci"),
    body: JSON.stringify({ key: "team", name: "Team", revision }),
  });
  if (made.status !== 200) throw new Error(await made.text());
}

test.serial(
  "who pushes puts nobody's name into history: not by trailers, nor by a real commit's headers",
  async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const daemon = await start(t, { backend: { type: "local", path: repository.path } }, await temporaryDirectory(t));
    await makeTeam(daemon.url());
    const real = (await repository.head()) ?? "";
    t.deepEqual(await daemon.actors(), ["token:ci"]);

    const place = async (raw: string): Promise<void> => {
      const oid = await nativeGit(["-C", repository.path, "hash-object", "-t", "commit", "-w", "--stdin"], {
        input: raw,
      });
      await repository.git("update-ref", "refs/heads/main", oid);
    };
    await repository.commit({ "team/features.yaml": features("one") }, { message: FORGED });
    t.deepEqual(await daemon.actors(), [undefined, "token:ci"]);

    // A header that only daemons write.
    const text = `${await repository.git("cat-file", "commit", "main")}\n`;
    await repository.commit({ "team/features.yaml": features("two") });
    const [tree, parent] = [
      await repository.git("rev-parse", "main^{tree}"),
      await repository.git("rev-parse", "main^"),
    ];
    const placed = (head: string): string =>
      head.replace(/^tree .*/m, `tree ${tree}`).replace(/^parent .*/m, `parent ${parent}`);
    await place(placed(text).replace("\n\n", "\nvexil-instance 5f2f41d5-d24d-4dd5-a4ba-2c8f8f7b8a0b w-1\n\n"));
    t.deepEqual(await daemon.actors(), [undefined, undefined, "token:ci"]);

    // All headers of a real commit, on another tree and parent, and with another message.
    const genuine = `${await repository.git("cat-file", "commit", real)}\n`;
    await place(placed(genuine));
    t.deepEqual(await daemon.actors(), [undefined, undefined, "token:ci"]);
    await place(genuine.replace("token:ci", "token:root"));
    t.deepEqual(await daemon.actors(), [undefined]);

    // The real one, however it comes back, is what it is.
    await repository.git("update-ref", "refs/heads/main", real);
    t.deepEqual(await daemon.actors(), ["token:ci"]);
    await repository.git("fsck", "--strict");
  },
);

test.serial("a user's commit in a followed clone stays the user's when it is put on top of the remote's", async (t) => {
  const remote = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, "team/features.yaml": features("on") } });
  const path = await remote.clone();
  const backend = { type: "local", path };
  const storage = { remote: remote.path, poll_interval: "1h", backend };
  const daemon = await start(t, storage, await temporaryDirectory(t));
  await writeFile(join(path, "team/features.yaml"), features("forged"));
  await nativeGit(["-C", path, "commit", "-qam", FORGED]);
  await remote.commit({ "notes.txt": "meanwhile" });
  t.deepEqual((await daemon.actors()).slice(0, 1), [undefined]);
  const pushed = await remote.git("cat-file", "commit", "main");
  t.regex(pushed, /^vexil-instance /m, "it was put on top by the daemon");
  t.regex(pushed, /^Vexil-Actor: token:root$/m);
  t.notRegex(pushed, /^vexil-seal /m);
});

test.serial("a daemon knows its commits after a restart, and another one those it shares a key with", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const backend = { type: "local", path: repository.path };
  const [state, elsewhere] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const first = await start(t, { backend }, state);
  await makeTeam(first.url());
  await first.stop();
  const again = await start(t, { backend }, state);
  t.deepEqual(await again.actors(), ["token:ci"]);
  await again.stop();
  const stranger = await start(t, { backend }, elsewhere);
  t.deepEqual(await stranger.actors(), [undefined]);
  await stranger.stop();

  const session = { csrf: { key: "a key that two daemons have in common" } };
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const memory = { remote: remote.path, backend: { type: "memory" } };
  const one = await start(t, memory, state, session);
  await makeTeam(one.url());
  t.deepEqual(await (await start(t, memory, elsewhere, session)).actors(), ["token:ci"]);
  t.deepEqual(await (await start(t, memory, elsewhere)).actors(), [undefined]);
});
