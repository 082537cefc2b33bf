import { readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { user } from "../helpers/repositories/user.js";

const MAIN = "refs/heads/main";
const FILE = "default/features.yaml";

/** A flag file of 343 kB that is quick to read: what is long is text. */
function largeFile(name = "Flag"): string {
  const flags = Array.from({ length: 10 }, (_, index) => {
    const description = `The flag number ${index} of the file. `.repeat(1_075);
    return `  - key: flag-${index}\n    name: ${name}\n    description: ${description}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`;
  });
  return `version: '1.4'\nnamespace: default\nflags:\n${flags.join("")}`;
}

test("updates of a large file that follow each other at once are all made, also where its time lies ahead", async (t) => {
  const { path, commitAside, head, git } = await user(t, { [FILE]: largeFile() });
  const { workTree } = await openLocal(t, path, { watch: false });
  const commits = [await head()];
  for (let round = 1; round <= 12; round += 1) {
    commits.push(await commitAside({ [FILE]: largeFile(`Flag ${round}`) }, commits.at(-1)));
  }
  for (const [index, commit] of commits.slice(1).entries()) {
    const update = { ref: MAIN, old: commits[index], new: commit, reason: "commit: test" };
    t.deepEqual(await workTree?.apply(update, AbortSignal.timeout(20_000)), { type: "applied" });
    const ahead = new Date(Date.now() + 3_600_000);
    if (index % 4 === 3) await utimes(join(path, FILE), ahead, ahead);
  }
  t.is(await readFile(join(path, FILE), "utf8"), largeFile("Flag 12"));
  t.is(await git("status", "--porcelain"), "");
});

test("a large file that is edited as its update begins keeps the edit", async (t) => {
  const { path, commitAside, head, edit, read } = await user(t, { [FILE]: largeFile() });
  const { workTree } = await openLocal(t, path, { watch: false });
  const first = await head();
  const second = await commitAside({ [FILE]: largeFile("Next") }, first);
  const edited = largeFile("Mine");
  // Of the same length, so that only its times tell.
  t.is(edited.length, largeFile().length);
  const applying = workTree?.apply({ ref: MAIN, old: first, new: second, reason: "test" }, AbortSignal.timeout(20_000));
  await edit({ [FILE]: edited });
  t.like(await applying, { type: "edited", paths: [FILE] });
  t.is(await read(FILE), edited);
});

for (const writers of [1, 2]) {
  test(`40 of 40 writes to a large file of a clone are made, ${writers === 1 ? "one after the other" : "two at once"}`, async (t) => {
    t.timeout(180_000);
    const { path, git } = await user(t, { [FILE]: largeFile() });
    const daemon = await startDaemon(t, { config: { storage: { default: { backend: { type: "local", path } } } } });
    const refused: unknown[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; round < 40 / writers; round += 1) {
        const key = `new-${writer}-${round}`;
        const payload = { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled: false };
        const namespace = "/api/v2/environments/default/namespaces/default/resources";
        const { status, body } = await daemon.call("POST", namespace, { key, payload });
        if (status !== 200) refused.push({ key, status, body });
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
    t.deepEqual(refused, []);
    t.is(await git("status", "--porcelain"), "");
    t.is(await git("rev-list", "--count", "HEAD"), "41");
  });
}
