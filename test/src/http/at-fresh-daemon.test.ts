import { join } from "node:path";
import { pathToFileURL } from "node:url";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { ask } from "../helpers/http/answers.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { lots, type RandomHistory, randomHistory } from "../helpers/repositories/random-history.js";

const HISTORIES = Number(process.env.VEXIL_AT_HISTORIES ?? 8);
const SEED = Number(process.env.VEXIL_AT_SEED ?? 1);
const COMMITS_EACH = 2;
const ENVIRONMENTS = { production: "production", staging: "staging" } as const;
type Kind = "memory" | "local";

/** A daemon over the repository as it is: a durable one on it, or one that fetches the newest commit alone. */
async function start(t: ExecutionContext, kind: Kind, path: string): Promise<string> {
  const backend = kind === "local" ? { type: kind, path } : { type: kind };
  const remote = kind === "local" ? {} : { remote: pathToFileURL(path).href, poll_interval: "1h" };
  const environments = Object.entries(ENVIRONMENTS).map(([key, directory], index) => [
    key,
    { storage: "main", directory, default: index === 0 },
  ]);
  const daemon = await inProcessDaemon(t, {
    storage: { main: { backend, ...remote } },
    environments: Object.fromEntries(environments),
  });
  await (await daemon.start()).settled;
  return daemon.url();
}

/** Everything that an environment serves, but for when it was built. */
async function shown(t: ExecutionContext, url: string, environment: string, at?: string): Promise<unknown> {
  const query = at === undefined ? "" : `?at=${at}`;
  const listed = await ask(url, "GET", `api/v2/environments/${environment}/namespaces${query}`);
  t.is(listed.status, 200, JSON.stringify(listed.body));
  const { items } = listed.body as { readonly items: readonly { readonly key: string }[] };
  const states: unknown[] = [];
  for (const { key } of items) {
    const path = `client/v2/environments/${environment}/namespaces/${key}/snapshot${query}`;
    const { body, status } = await ask(url, "GET", path);
    const { revision: _, at: __, ...state } = body as Readonly<Record<string, unknown>>;
    const text = JSON.stringify({ key, status, state });
    states.push(text.replaceAll(/"(createdAt|updatedAt)":"[^"]*"/g, ""), await evaluated(url, environment, key, at));
  }
  return { items, states };
}

async function evaluated(url: string, environmentKey: string, namespaceKey: string, at?: string): Promise<unknown> {
  const requests = ["f0", "f1", "f2"].flatMap((flagKey) =>
    ["ada", "bob"].map((entityId) => ({ flagKey, entityId, environmentKey, namespaceKey, context: { role: "r1" } })),
  );
  const body = JSON.stringify({ requests, ...(at === undefined ? {} : { at }) });
  const { responses } = (await ask(url, "POST", "evaluate/v1/batch", { body })).body as {
    readonly responses: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
  };
  return responses.map(({ booleanResponse, errorResponse }) => booleanResponse?.enabled ?? errorResponse?.reason);
}

async function startedOn(t: ExecutionContext, kind: Kind, { path }: RandomHistory, commit: string): Promise<string> {
  const clone = join(await temporaryDirectory(t), "clone.git");
  await nativeGit(["clone", "-q", "--bare", "--shared", path, clone]);
  await nativeGit(["-C", clone, "config", "uploadpack.allowFilter", "true"]);
  await nativeGit(["-C", clone, "update-ref", "refs/heads/main", commit]);
  return start(t, kind, clone);
}

for (const kind of ["memory", "local"] as const) {
  test(`a ${kind} daemon shows at a commit what one shows that is started on it`, async (t) => {
    t.timeout(HISTORIES * 60_000);
    for (let index = kind === "memory" ? 0 : 1; index < HISTORIES; index += 2) {
      const seed = SEED * 1_000 + index;
      const draw = lots(seed);
      const history = await randomHistory(t, seed);
      const url = await start(t, kind, history.path);
      for (let count = 0; count < COMMITS_EACH; count += 1) {
        const commit = history.commits[draw(history.commits.length)] ?? "";
        const fresh = await startedOn(t, kind, history, commit);
        for (const environment of Object.keys(ENVIRONMENTS)) {
          const named = draw(2) === 0 ? commit : commit.slice(0, 12);
          const expected = await shown(t, fresh, environment);
          t.deepEqual(await shown(t, url, environment, named), expected, `seed ${seed}, ${commit}, ${environment}`);
        }
      }
      for (const hidden of history.hidden.slice(0, 2)) {
        const answer = await ask(url, "GET", `api/v2/environments/production/namespaces?at=${hidden}`);
        t.is(answer.status, 404, "a commit that the branch does not reach is hidden");
      }
    }
  });
}
