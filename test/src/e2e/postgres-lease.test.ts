import test from "ava";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const INTERVAL_MS = 1_000;

const features = (name: string): string =>
  `namespace: default\nflags:\n  - key: counter\n    name: ${name}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`;

const served = async (url: string): Promise<string | undefined> => {
  const response = await fetch(`${url}/api/v1/namespaces/default/flags`);
  const { flags } = (await response.json()) as { flags?: readonly { readonly name: string }[] };
  return flags?.[0]?.name;
};

test("whatever the number of daemons on one database, one of them asks the remote", async (t) => {
  t.timeout(180_000);
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": features("first") } });
  const server = await startGitHttpServer(t, repository.path);
  const database = await postgresServer(t);
  const backend = { type: "postgres", url: database.url() };
  const config = { storage: { default: { remote: server.url, poll_interval: "1s", backend } } };
  const within = async (): Promise<InProcessDaemon> => {
    const daemon = await inProcessDaemon(t, config);
    await (await daemon.start()).settled;
    return daemon;
  };
  const push = async (name: string, urls: readonly string[]): Promise<void> => {
    await repository.commit({ "default/features.yaml": features(name) });
    await Promise.all(
      urls.map((url) =>
        eventually(
          () => served(url),
          (now) => now === name,
          5_000,
        ),
      ),
    );
  };
  /** Time until the remote is asked again. */
  const takenOver = async (): Promise<number> => {
    server.requests.length = 0;
    const since = performance.now();
    await eventually(
      async () => server.requests.length,
      (count) => count > 0,
      20_000,
    );
    return performance.now() - since;
  };

  const holder = await startDaemon(t, { config });
  const second = await startDaemon(t, { config });
  const followers = [await within(), await within(), await within()] as const;
  const urls = [holder.url, second.url, ...followers.map(({ url }) => url())];
  await push("second", urls);

  // Five daemons cost what one does: a poll is one request, and one more when there is something to fetch.
  server.requests.length = 0;
  const intervals = 5;
  await new Promise((resolve) => setTimeout(resolve, intervals * INTERVAL_MS));
  const asked = server.requests.length;
  t.true(asked >= 2, `${asked} requests: nobody polls`);
  t.true(asked <= 2 * intervals, `${asked} requests in ${intervals} intervals`);

  const statuses = await Promise.all(
    urls.map(async (url) => {
      const { storages } = (await (await fetch(`${url}/api/status`)).json()) as {
        readonly storages: readonly { readonly leaseHeld?: boolean; readonly nextPoll?: string }[];
      };
      return [storages[0]?.leaseHeld, storages[0]?.nextPoll !== undefined];
    }),
  );
  const [held, ...others] = statuses;
  t.deepEqual(held, [true, true]);
  for (const other of others) t.deepEqual(other, [false, false]);

  // A follower that is told to look does so itself, and all have what it found.
  await repository.commit({ "default/features.yaml": features("told") });
  const synced = await fetch(`${followers[0].url()}/api/storages/default/sync?wait=true`, { method: "POST" });
  t.is(synced.status, 200, await synced.text());
  t.is(await served(followers[0].url()), "told");
  await push("third", urls);

  await holder.stop("SIGKILL");
  const afterKill = await takenOver();
  t.true(afterKill < 5_000, `after SIGKILL the remote was asked again after ${afterKill} ms`);
  await push("fourth", urls.slice(1));

  // The three within this process go, so that the other process holds the lease.
  await Promise.all(followers.map((daemon) => daemon.stop()));
  await takenOver();
  const last = await within();
  await push("fifth", [second.url, last.url()]);
  t.is(await second.stop("SIGTERM"), 0);
  const afterTerm = await takenOver();
  t.true(afterTerm < 2_500, `after SIGTERM the remote was asked again after ${afterTerm} ms`);
  await push("sixth", [last.url()]);
});
