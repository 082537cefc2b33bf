import { performance } from "node:perf_hooks";
import test from "ava";
import { type BannerClient, bannerClient } from "../helpers/daemon/banner-client.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { committer } from "../helpers/repositories/committer.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { userAt } from "../helpers/repositories/user.js";

const WRITES = 12;

const COMMITS = 10;

/** Writes one after the other, until enough has happened; resolves to what was answered and how long it took, sorted. */
async function writeAll(
  { write }: BannerClient,
  isEnough: (written: number) => boolean,
): Promise<{ readonly refused: readonly string[]; readonly revisions: readonly string[]; readonly p50: number }> {
  const refused: string[] = [];
  const revisions: string[] = [];
  const took: number[] = [];
  for (let index = 0; !isEnough(index); index += 1) {
    const began = performance.now();
    const { status, body } = await write(index % 2 === 1);
    took.push(performance.now() - began);
    if (status === 200) revisions.push(body.revision);
    else refused.push(`${status} ${body.message}`);
  }
  took.sort((a, b) => a - b);
  return { refused, revisions, p50: took[Math.floor(took.length / 2)] ?? Number.NaN };
}

const KINDS = { "without a remote": false, "with a remote": true } as const;
const FILES = { "beside the flags": "NOTES.md", "of another namespace": "ops/features.yaml" } as const;

for (const [kind, hasRemote] of Object.entries(KINDS)) {
  for (const [what, file] of Object.entries(FILES)) {
    test.serial(`${kind}, no write is refused beside who commits a file ${what} every 30 ms`, async (t) => {
      t.timeout(180_000);
      const remote = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, "NOTES.md": "# Notes\n" } });
      const path = await remote.clone();
      const human = userAt(path);
      if (!hasRemote) await human.git("remote", "remove", "origin");
      const upstream = hasRemote ? { remote: remote.path, poll_interval: "1s" } : {};
      const daemon = await inProcessDaemon(t, {
        storage: { default: { backend: { type: "local", path }, ...upstream } },
      });
      await (await daemon.start()).settled;
      const client = bannerClient(() => daemon.url());
      const alone = await writeAll(client, (written) => written === 5);
      const user = await committer(t, path, file);
      const beside = await writeAll(client, (written) => written >= WRITES && user.count() >= COMMITS);
      const commits = await user.end();
      t.log(`p50 ${alone.p50.toFixed(0)} ms alone, ${beside.p50.toFixed(0)} ms beside ${commits.length} commits`);
      t.deepEqual(beside.refused, []);
      t.true(commits.length >= COMMITS);
      const places = hasRemote ? [remote.path, path] : [path];
      for (const place of places) {
        await eventually(
          async () => (await nativeGit(["-C", place, "log", "--format=%s", "main"])).split("\n"),
          (subjects) => commits.every((subject) => subjects.filter((one) => one === subject).length === 1),
        );
        const history = (await nativeGit(["-C", place, "rev-list", "main"])).split("\n");
        for (const revision of [...alone.revisions, ...beside.revisions]) t.true(history.includes(revision), revision);
        await nativeGit(["-C", place, "fsck", "--strict"]);
      }
      t.is(await human.status(), "");
    });
  }
}
