import local from "@vexil/backend-local";
import { openRepository } from "@vexil/git/repository";
import { backendContext } from "./local-backend.js";

/**
 * A process that writes to a local backend as fast as it can, until it is killed: the work tree's or the bare
 * repository's branch moves on commit by commit. A line on stdout for each commit that was acknowledged.
 */
const [path = "", seed = "0"] = process.argv.slice(2);
const MAIN = "refs/heads/main";

const backend = await local.create({ path, watch: false }, backendContext());
const repository = openRepository(backend);
process.stdout.write("ready\n");
for (let round = 0; ; round += 1) {
  const old = (await backend.refs.list(MAIN)).get(MAIN) ?? "";
  const base = await repository.readCommit(old);
  const mark = `${seed}-${round}`;
  const text = (name: string): Uint8Array => Buffer.from(`# ${mark} ${name}\n`);
  const changes = new Map<string, Uint8Array | undefined>([
    ["ours/features.yaml", text("ours")],
    [`new-${round % 5}/features.yaml`, round % 2 === 0 ? text("new") : undefined],
    ...(round % 7 === 0
      ? Array.from({ length: 30 }, (_, index) => [`many/${index}/features.yaml`, text(`${index}`)] as const)
      : []),
  ]);
  const commit = await repository.makeCommit({
    parents: [old],
    baseTree: base?.tree,
    changes,
    author: { name: "Vexil", email: "vexil@example.com" },
    message: mark,
    timestampMs: Date.now(),
    instance: "test",
  });
  await backend.objects.write(commit.objects);
  const update = { ref: MAIN, old, new: commit.oid, reason: `commit: ${mark}` };
  const moved =
    backend.workTree === undefined
      ? await backend.refs.compareAndSwap([update])
      : (await backend.workTree.apply(update, AbortSignal.timeout(10_000))).type === "applied";
  if (moved) process.stdout.write(`${commit.oid}\n`);
}
