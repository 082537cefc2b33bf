import { readFileSync } from "node:fs";
import { API_PATHS } from "@vexil/config/own-paths";
import { ACTIONS, type Action } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { HotRoutes } from "../../../daemon/dist/http/hot-route.js";
import { HOT_ROUTES } from "../../../daemon/dist/http/reads/route-counts.js";
import { routesPage } from "../../../daemon/dist/http/rights/routes-page.js";
import { describedRoutes } from "../../../daemon/dist/http/routes/index.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, type RightsDaemon, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";

const routes = describedRoutes();

/** Routes for whoever is let in: each is here because it shows and changes nothing that rights are about. */
const WITHOUT_ACTION = [
  /^GET \/health/,
  /^GET \/metrics$/,
  /^POST \/hooks\//,
  /^GET \/meta\/info$/,
  /^GET \/openapi\.json$/,
  /^GET \/schemas\/\{file\}$/,
  /^[A-Z]+ \/auth\/v1\/(?!tokens)/,
];

test("every route has an action, and those without a right are known", (t) => {
  for (const { method, path, action } of routes) {
    const name = `${method} ${path}`;
    if (action === "none")
      t.true(
        WITHOUT_ACTION.some((known) => known.test(name)),
        name,
      );
    else t.true(ACTIONS.includes(action), name);
  }
});

test("daemon/ROUTES.md has the table of routes and actions", (t) => {
  const written = readFileSync(new URL("../../../daemon/ROUTES.md", import.meta.url), "utf8");
  t.is(written, routesPage(routes), "run `npm run docs:routes`");
});

test("the daemon shows itself below no path that begins as one of its routes", (t) => {
  for (const { path } of routes) t.true(API_PATHS.has(path.split("/")[1] ?? ""), path);
});

test("all that is answered before the router is in the table", (t) => {
  const hot = new HotRoutes();
  const judged = routes.filter(({ action }) => action === "evaluate");
  const found = judged.map(({ method, path }) => {
    const route = hot.find(path.replace(/\{(\w+)\}/g, "x"));
    t.is(route?.method, method as never, path);
    return route?.type;
  });
  // Two paths are snapshots; each other kind of read has one, and there is no kind without.
  t.deepEqual([...new Set(found)].sort(), Object.keys(HOT_ROUTES).sort());
  for (const path of Object.values(HOT_ROUTES))
    t.true(
      judged.some((route) => route.path === path),
      path,
    );
  for (const { path } of routes.filter(({ action }) => action !== "evaluate")) {
    t.is(hot.find(path.replace(/\{(\w+)\}/g, "x")), undefined, path);
  }
});

const PLACES: Readonly<Record<string, string>> = {
  environment: "staging",
  namespace: "team-a",
  storage: "main",
  type: "flipt.core.Flag",
  key: "on",
  id: "none",
};

/** Rights that a route needs. */
const neededBy = ({ action, besides = [] }: (typeof routes)[number]): readonly Action[] =>
  action === "none" ? [] : [action, ...besides];

/** Callers that may do one thing everywhere, or what one route needs, and callers that may do everything but that. */
const CALLERS = [
  ...ACTIONS.flatMap((action) => [
    { name: `only-${action}`, actions: [action] },
    { name: `but-${action}`, actions: ACTIONS.filter((other) => other !== action) },
  ]),
  ...routes
    .map(neededBy)
    .filter((needed) => needed.length > 1)
    .map((actions) => ({ name: `only-${actions.join("-")}`, actions })),
];

function callersConfig(): Readonly<Record<string, unknown>> {
  const names = ["root", "nobody", ...CALLERS.map(({ name }) => name)];
  const tokens = Object.fromEntries(names.map((name) => [name, { credential: `secret-of-${name}` }]));
  const all = [...CALLERS, { name: "root", actions: ACTIONS }];
  return rightsConfig(
    {
      roles: Object.fromEntries(all.map(({ name, actions }) => [name, [{ actions }]])),
      bindings: all.map(({ name }) => ({ role: name, match: { token: name } })),
    },
    { methods: { token: { enabled: true, storage: { tokens } } } },
  );
}

type Asked = (typeof routes)[number];

/** Asks a route; `shown` is what lists in the answer hold, of the answers that only show what may be seen. */
async function ask(
  t: ExecutionContext,
  { as, url }: RightsDaemon,
  caller: string,
  { method, path }: Asked,
): Promise<{ readonly status: number; readonly shown: readonly unknown[] }> {
  const target = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "key" && path.endsWith("namespaces/{key}") ? "team-a" : (PLACES[name] ?? "x"),
  );
  if (/\/(stream|events)$/.test(path)) {
    const stream = await openStream(t, url() + target, { ...bearer(caller), Accept: "text/event-stream" });
    stream.close();
    return { status: stream.status, shown: ["a stream"] };
  }
  if (path.startsWith("/git/")) {
    const query = method === "GET" ? "?service=git-upload-pack" : "";
    const { status } = await as(caller, method, target + query, method === "GET" ? undefined : {});
    return { status, shown: status === 200 ? ["refs"] : [] };
  }
  const flag = { "@type": "flipt.core.Flag", key: "on", name: "On", type: "BOOLEAN_FLAG_TYPE" };
  const item = { environmentKey: "staging", namespaceKey: "team-a", flagKey: "on", entityId: "e" };
  const key = path.endsWith("/namespaces") ? "team-a" : "on";
  const body =
    method === "GET" || method === "DELETE"
      ? undefined
      : { ...item, requests: [item], key, name: "N", payload: flag, to: "abcdef" };
  const { status, body: answer } = await as(caller, method, target, body);
  if (path === "/evaluate/v1/batch") {
    return { status, shown: answer.responses[0].type === "ERROR_EVALUATION_RESPONSE_TYPE" ? [] : answer.responses };
  }
  return { status, shown: Object.values(answer).flatMap((value) => (Array.isArray(value) ? value : [])) };
}

test("every route asks for its action, and for no other", async (t) => {
  const daemon = await rightsDaemon(t, callersConfig());
  const judged = routes.filter(({ action }) => action !== "none");
  t.true(judged.length >= 30, String(judged.length));
  t.deepEqual([...new Set<string>(judged.map(({ action }) => action))].sort(), [...ACTIONS].sort());
  // What is deleted is asked for last.
  const sorted = [...judged].sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
  for (const route of sorted) {
    const needed = neededBy(route);
    const lacking = needed.length > 1 ? needed.map((action) => `only-${action}`) : [];
    for (const caller of ["nobody", ...needed.map((action) => `but-${action}`), ...lacking]) {
      const { status, shown } = await ask(t, daemon, caller, route);
      const name = `${caller} ${route.method} ${route.path}: ${status}`;
      if (status === 200) t.deepEqual(shown, [], name);
      else t.is(status, 403, name);
    }
    const sufficing = `only-${needed.join("-")}`;
    const { status, shown } = await ask(t, daemon, sufficing, route);
    const name = `${sufficing} ${route.method} ${route.path}: ${status}`;
    t.false([401, 403, 405, 500, 503].includes(status), name);
    if (status === 200 && route.place === "answer") t.true(shown.length > 0 || route.path.includes("branches"), name);
  }
});

test("routes without an action are for whoever is let in", async (t) => {
  const daemon = await rightsDaemon(t, callersConfig());
  for (const route of routes.filter(({ action, access }) => action === "none" && access === "token")) {
    const { status } = await ask(t, daemon, "nobody", route);
    t.true([200, 404].includes(status), `${route.method} ${route.path}: ${status}`);
  }
});
