import { packet } from "@vexil/git/protocol/pkt-line";
import { answerUploadPack } from "@vexil/git/serve/upload-pack";
import test from "ava";
import { CountedSource } from "../helpers/git-servers/counted-source.js";

/** A tag that stands for a tag, and so on. */
const DEPTH = 300;
const REFS = 2_000;
const FILES = 200_000;

const DELIMITER = Buffer.from("0001");
const FLUSH = Buffer.from("0000");

function request(command: string, ...lines: readonly string[]): Buffer {
  return Buffer.concat([packet(`command=${command}`), DELIMITER, ...lines.map((line) => packet(line)), FLUSH]);
}

async function answer({ source }: CountedSource, body: Buffer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of answerUploadPack(2, body, source)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A commit, and tags each of which stands for the one before; all refs are at the last few. */
function tagged(): { readonly repository: CountedSource; readonly head: string } {
  const repository = new CountedSource();
  const head = repository.commit(repository.add("tree", ""));
  repository.ref("refs/heads/main", head);
  const chain: string[] = [];
  for (let depth = 0; depth < DEPTH; depth += 1) {
    chain.push(repository.tag(chain.at(-1) ?? head, depth === 0 ? "commit" : "tag", `t${depth}`));
  }
  for (let index = 0; index < REFS; index += 1) {
    repository.ref(`refs/tags/v${index}`, chain[DEPTH - 1 - (index % 3)] as string);
  }
  return { repository, head };
}

test("any number of tags that stand for each other is looked through once", async (t) => {
  const { repository, head } = tagged();
  const told = (await answer(repository, request("ls-refs", "peel", "ref-prefix refs/tags/"))).toString();
  t.is(told.split(`peeled:${head}`).length - 1, REFS);
  t.true(repository.count.objects <= DEPTH + 1, `${repository.count.objects} objects were read`);
});

test("refs that are left out of a history are looked up together, whatever tags they are at", async (t) => {
  const { repository, head } = tagged();
  const newer = repository.commit(repository.add("tree", ""), head);
  repository.ref("refs/heads/main", newer);
  const not = Array.from({ length: 1_000 }, (_, index) => `deepen-not v${index}`);
  const told = (await answer(repository, request("fetch", `want ${newer}`, ...not, "done"))).toString("latin1");
  t.true(told.includes(`shallow ${newer}`), "all before it is left out");
  t.true(repository.count.objects <= DEPTH + 20, `${repository.count.objects} objects were read`);
});

test("others have their turn while a directory of many files is looked through", async (t) => {
  const repository = new CountedSource();
  const file = Buffer.from(repository.add("blob", "x\n"), "hex");
  const entry = (_: unknown, index: number): Buffer =>
    Buffer.concat([Buffer.from(`100644 ${String(index).padStart(6, "0")}\0`), file]);
  const tree = repository.add("tree", Buffer.concat(Array.from({ length: FILES }, entry)));
  const head = repository.commit(tree);
  repository.ref("refs/heads/main", head);
  const turns = { count: 0, isOver: false };
  const turn = (): void => {
    turns.count += 1;
    if (!turns.isOver) setImmediate(turn);
  };
  setImmediate(turn);
  // The first piece comes when all that is to be sent is known: up to then there is nothing to wait for.
  const { source } = repository;
  for await (const _ of answerUploadPack(2, request("fetch", `want ${head}`, "done"), source)) break;
  turns.isOver = true;
  t.true(turns.count >= 15, `${turns.count} turns`);
});
