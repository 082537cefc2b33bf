import { readdir } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { user } from "../helpers/repositories/user.js";

/** Kills in all: two clones and two bare repositories side by side. */
const KILLS = Number(process.env.VEXIL_KILLS ?? 100) / 4;
const WRITERS = 4;
const FLAGS = 3;
/** How often the daemon is killed while it starts, after an earlier kill. */
const KILLED_AT_START = 0.1;

const key = (index: number): string => `flag-${index}`;
const namespace = (writer: number): string => `team-${writer}`;
const path = (writer: number): string => `${namespace(writer)}/features.yaml`;

function features(writer: number): string {
  const flags = Array.from({ length: FLAGS }, (_, index) => `  - key: ${key(index)}\n    name: first # kept\n`);
  return `namespace: ${namespace(writer)}\nflags:\n${flags.join("")}`;
}

const FILES = Object.fromEntries(Array.from({ length: WRITERS }, (_, writer) => [path(writer), features(writer)]));

/** Names that a flag may have: the one acknowledged last, or the one on its way when the daemon was killed. */
interface Expected {
  acknowledged: string | undefined;
  underWay: string | undefined;
}

class Storm {
  readonly expected = new Map<string, Expected>();
  readonly revisions: string[] = [];
  #count = 0;

  /** Writes as fast as it can until the daemon is gone. Each writer changes, makes and removes flags of its own. */
  async run(daemon: RunningDaemon): Promise<void> {
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(daemon, writer)));
  }

  async #write(daemon: RunningDaemon, writer: number): Promise<void> {
    const resources = `/api/v2/environments/default/namespaces/${namespace(writer)}/resources`;
    for (;;) {
      this.#count += 1;
      const index = this.#count % (FLAGS + 2);
      const flag = `${namespace(writer)}/${key(index)}`;
      const before = this.expected.get(flag) ?? {
        acknowledged: index < FLAGS ? "first" : undefined,
        underWay: undefined,
      };
      // Beyond those of the file, flags come and go.
      const name = index >= FLAGS && before.acknowledged !== undefined ? undefined : `name-${this.#count}`;
      this.expected.set(flag, { ...before, underWay: name ?? "removed" });
      const payload = { "@type": "flipt.core.Flag", key: key(index), name };
      const method = before.acknowledged === undefined ? "POST" : "PUT";
      let answer: { status: number; body: { revision: string } };
      try {
        answer =
          name === undefined
            ? await daemon.call("DELETE", `${resources}/flipt.core.Flag/${key(index)}`)
            : await daemon.call(method, resources, { key: key(index), payload });
      } catch {
        return;
      }
      if (answer.status !== 200) throw new Error(`${method} ${flag}: ${answer.status} ${JSON.stringify(answer.body)}`);
      this.expected.set(flag, { acknowledged: name, underWay: undefined });
      this.revisions.push(answer.body.revision);
    }
  }

  /**
   * Checks that what is there after a kill is what was acknowledged, or what was under way; from here on it is
   * expected.
   */
  async check(t: ExecutionContext, daemon: RunningDaemon, label: string): Promise<void> {
    const names = new Map<string, string>();
    for (let writer = 0; writer < WRITERS; writer += 1) {
      const { body } = await daemon.get(`/api/v1/namespaces/${namespace(writer)}/flags`);
      for (const flag of body.flags) names.set(`${namespace(writer)}/${flag.key}`, flag.name);
    }
    for (const [flag, { acknowledged, underWay }] of this.expected) {
      const found = names.get(flag);
      const wanted = found === acknowledged || (underWay !== undefined && (found ?? "removed") === underWay);
      t.true(wanted, `${label}: ${flag} is ${found}; acknowledged ${acknowledged}, under way ${underWay}`);
      this.expected.set(flag, { acknowledged: found, underWay: undefined });
    }
  }
}

interface Place {
  readonly path: string;
  readonly gitDirectory: string;
  /** Changes that a user has in the work tree and staged; they stay. */
  readonly theirs: () => Promise<unknown>;
}

async function clone(scope: Scope): Promise<Place> {
  const human = await user(scope, { ...FILES, "mine/features.yaml": "namespace: mine\n", "staged.txt": "1\n" });
  await human.edit({ "mine/features.yaml": "namespace: mine # edited\n", "staged.txt": "2\n", "new.txt": "n\n" });
  await human.git("add", "staged.txt");
  const theirs = async (): Promise<unknown> => [
    await human.status(),
    await human.git("diff"),
    await human.git("diff", "--cached"),
  ];
  return { path: human.path, gitDirectory: join(human.path, ".git"), theirs };
}

async function bare(scope: Scope): Promise<Place> {
  const repository = await temporaryRepository(scope, { files: FILES });
  return { path: repository.path, gitDirectory: repository.path, theirs: async () => undefined };
}

async function leftovers(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith(".lock") || /^vexil\/apply/.test(name));
}

async function killed(t: ExecutionContext, place: Place): Promise<void> {
  t.timeout(600_000);
  const git = (...args: string[]): Promise<string> => nativeGit(["-C", place.path, ...args]);
  const cwd = await temporaryDirectory(t);
  const config = { storage: { default: { backend: { type: "local", path: place.path } } } };
  const theirs = await place.theirs();
  const storm = new Storm();
  let kills = 0;
  for (;;) {
    if (kills > 0 && kills < KILLS && Math.random() < KILLED_AT_START) {
      const starting = await startDaemon(t, { cwd, config, start: "any" });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
      await starting.stop("SIGKILL");
      kills += 1;
    }
    const daemon = await startDaemon(t, { cwd, config });
    const label = `after kill ${kills}`;
    await storm.check(t, daemon, label);
    t.deepEqual(await leftovers(place.gitDirectory), [], label);
    t.deepEqual(await place.theirs(), theirs, label);
    if (kills >= KILLS) {
      t.is(await daemon.stop(), 0);
      break;
    }
    const acknowledged = storm.revisions.length;
    const writing = storm.run(daemon);
    // Some moment of the first writes, however slow the machine is.
    await eventually(
      async () => storm.revisions.length > acknowledged || daemon.child.exitCode !== null,
      (begun) => begun,
    );
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
    t.is(await daemon.stop("SIGKILL"), "SIGKILL", daemon.stderr());
    await writing;
    kills += 1;
    if (kills % 10 === 0) await git("fsck", "--strict");
  }
  await git("fsck", "--strict");
  const history = new Set((await git("rev-list", "main")).split("\n"));
  t.deepEqual(
    storm.revisions.filter((revision) => !history.has(revision)),
    [],
  );
  t.true(storm.revisions.length >= KILLS / 2, `${storm.revisions.length} writes were acknowledged`);
}

for (const lane of ["one", "two"]) {
  test(`killed at any point of a write storm, the daemon starts on its clone with all it acknowledged (${lane})`, async (t) => {
    await killed(t, await clone(t));
  });
  test(`killed at any point of a write storm, the daemon starts on its bare repository with all it acknowledged (${lane})`, async (t) => {
    await killed(t, await bare(t));
  });
}
