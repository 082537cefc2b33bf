import test from "ava";
import { describedRoutes } from "../../../daemon/dist/http/routes/index.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, RIGHTS, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";

const ALL = ["evaluate", "read", "write", "branch", "rollback", "sync", "admin"];
/** The test's caller may do everything in the default environment, which is in storage `main`, and nothing elsewhere. */
const AT_HOME = {
  roles: { ...RIGHTS.roles, home: [{ actions: ALL, environments: ["production"] }] },
  bindings: [...RIGHTS.bindings, { role: "home", match: { token: "nobody" } }],
};
const PLACES: Readonly<Record<string, string>> = {
  namespace: "team-a",
  type: "flipt.core.Flag",
  key: "on",
  id: "none",
};
/** Names of environments and of storages: those that are hidden, and one that is not there. */
const HIDDEN = { environment: ["staging", "elsewhere"], storage: ["other"] } as const;
const MISSING = { environment: "nowhere", storage: "nothing" } as const;

const routes = describedRoutes().filter(({ action, path }) => action !== "none" && !path.startsWith("/auth/"));

/** Members of answers that differ from one request to the next. */
const OF_THE_MOMENT =
  /"(?:requestId|requestDurationMillis|timestamp|createdAt|updatedAt|time|lastSuccess|nextPoll|stalenessSeconds)":[^,}]+/g;

/** Ways in which a route can be told an environment. */
const WAYS: Readonly<Record<string, (name: string) => Call>> = {
  body: (name) => ({ body: { environmentKey: name } }),
  query: (name) => ({ query: `?environmentKey=${name}` }),
  header: (name) => ({ headers: { "X-Flipt-Environment": name } }),
  "body beside a header": (name) => ({
    body: { environmentKey: name },
    headers: { "X-Flipt-Environment": "production" },
  }),
};

interface Call {
  readonly body?: Readonly<Record<string, unknown>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

test("on every route, what may not be seen and what is not there are answered alike", async (t) => {
  const { as, url } = await rightsDaemon(t, rightsConfig(AT_HOME));
  const answered = async (method: string, target: string, { body = {}, query = "", headers = {} }: Call) => {
    if (/\/(stream|events)$/.test(target)) {
      const stream = await openStream(t, url() + target + query, {
        ...bearer("nobody"),
        Accept: "text/event-stream",
        ...headers,
      });
      return JSON.stringify([stream.status]);
    }
    const item = { namespaceKey: "team-a", flagKey: "on", entityId: "e", ...body };
    const sent =
      method === "GET" || method === "DELETE" ? undefined : { requests: [item], to: "abcdef", key: "on", ...item };
    const { status, body: answer } = await as("nobody", method, target + query, sent, headers);
    return JSON.stringify([status, answer]);
  };
  let compared = 0;
  for (const { method, path } of routes) {
    const named = path.includes("{storage}") ? "storage" : "environment";
    const ways = path.includes(`{${named}}`) ? { path: (): Call => ({}) } : WAYS;
    for (const [way, callOf] of Object.entries(ways)) {
      const told = async (name: string): Promise<string> => {
        const target = path.replace(/\{(\w+)\}/g, (_, part: string) => (part === named ? name : (PLACES[part] ?? "x")));
        const answer = await answered(method, target, callOf(name));
        return answer.replaceAll(name, "*").replaceAll(OF_THE_MOMENT, "");
      };
      const missing = await told(MISSING[named]);
      for (const hidden of HIDDEN[named]) t.is(await told(hidden), missing, `${method} ${path}, ${hidden} by ${way}`);
      if (way === "path") t.true(missing.startsWith("[403"), `${method} ${path}: ${missing}`);
      compared += 1;
    }
  }
  t.true(compared >= 40, String(compared));
});
