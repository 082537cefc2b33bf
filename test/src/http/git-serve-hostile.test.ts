import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

/** A tag that stands for a tag, and so on. */
const DEPTH = 300;
const REFS = 2_000;

async function start(t: ExecutionContext) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const serve = async (): Promise<string> => {
    const daemon = await inProcessDaemon(t, {
      storage: { default: { backend: { type: "local", path: repository.path } } },
      environments: { default: { storage: "default", default: true } },
    });
    await (await daemon.start()).settled;
    return `${daemon.url()}/git/default`;
  };
  return { repository, serve };
}

/** Longest time that the event loop was held while something went on. */
async function heldMs(work: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await work();
  clearInterval(timer);
  return longest;
}

test("a head of millions of lines is refused at once, and a fetch behind others takes its turn, too", async (t) => {
  const { serve } = await start(t);
  const url = await serve();
  const ask = async (body: Uint8Array) => {
    const headers = { "git-protocol": "version=2", "content-encoding": "gzip" };
    const answer = await fetch(`${url}/git-upload-pack`, { method: "POST", headers, body: gzipSync(body) });
    return answer.text();
  };
  const many = Buffer.from(`${"0005x".repeat(3_000_000)}0014command=ls-refs\n0000`);
  t.regex(await ask(many), /ERR more than 100 lines come before the command's arguments/);
  const late = Buffer.from(`${`0ff0${"x".repeat(0xff0 - 4)}`.repeat(20)}0012command=fetch\n0000`);
  t.regex(await ask(late), /ERR the request's command does not come first/);
});

test("thousands of tags that stand for each other are told and cloned, and keep nobody waiting", async (t) => {
  t.timeout(60_000);
  const { repository, serve } = await start(t);
  const head = (await repository.head()) ?? "";
  const tagger = "tagger Ada <ada@example.com> 1700000000 +0000";
  let [object, type] = [head, "commit"];
  const chain: string[] = [];
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const text = `object ${object}\ntype ${type}\ntag t${depth}\n${tagger}\n\nx\n`;
    object = (
      await nativeGit(["-C", repository.path, "hash-object", "-t", "tag", "-w", "--stdin"], { input: text })
    ).trim();
    type = "tag";
    chain.push(object);
  }
  const lines = Array.from(
    { length: REFS },
    (_, index) => `create refs/tags/v${index} ${chain[DEPTH - 1 - (index % 3)]}\n`,
  );
  await nativeGit(["-C", repository.path, "update-ref", "--stdin"], { input: lines.join("") });
  const url = await serve();
  for (const version of [0, 2]) {
    let told = "";
    const held = await heldMs(async () => {
      told = await nativeGit(["-c", `protocol.version=${version}`, "ls-remote", url]);
    });
    t.is(told.split("\n").filter((line) => line.endsWith("^{}") && line.startsWith(head)).length, REFS);
    t.log(`version ${version}: held for ${Math.round(held)} ms at most`);
  }
  const path = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", url, path]);
  await nativeGit(["-C", path, "fsck", "--full", "--strict"]);
  t.is((await nativeGit(["-C", path, "rev-parse", "v0^{}"])).trim(), head);
});
