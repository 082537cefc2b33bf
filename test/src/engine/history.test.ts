import { SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import { readHistory } from "@vexil/engine/storage/history/read-history";
import { FileCache } from "@vexil/flags/compile/file-cache";
import { PastStates } from "@vexil/flags/compile/past-states";
import { parseFeatures } from "@vexil/flags/read/parse";
import test from "ava";
import { FEATURES, features, machine } from "../helpers/machine/machine.js";

const PAGE_MS = 500;
const ALL = { environment: "default", limit: 10 } as const;

test("the history of a storage with files that take for ever is told a page at a time, and no commit is left out", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 3_600_000 } });
  const first = one.remote.head();
  const second = await one.remote.commit({ "slow/features.yaml": features({ slow: true }, "slow") });
  const third = await one.remote.commit({ [FEATURES]: features({ one: false }) });
  await one.open().settled;
  const builder = await one.inside.get(SnapshotBuilderToken);
  builder.past = () =>
    new PastStates(
      new FileCache({
        parse: async ({ path, bytes, limits }) =>
          path.startsWith("slow") ? new Promise(() => {}) : parseFeatures(path, bytes, limits),
        layout: async () => undefined,
      }),
    );
  const told: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await readHistory({ ...ALL, pageToken }, one.storage, AbortSignal.timeout(60_000), PAGE_MS);
    for (const { revision, changes } of page.commits) {
      told.push(`${revision}: ${changes.map(({ type, namespace, key }) => `${type} ${namespace}/${key}`).join(", ")}`);
    }
    pageToken = page.nextPageToken === "" ? undefined : page.nextPageToken;
  } while (pageToken !== undefined && told.length < 5);
  t.deepEqual(told, [
    `${third}: flag default/one`,
    `${second}: `,
    `${first}: namespace default/default, flag default/one`,
  ]);
});
