import { readFileSync } from "node:fs";
import { ACTIONS } from "@vexil/plugin-api";
import test from "ava";
import { actionTable } from "../../../daemon/dist/http/rights/action-table.js";
import { describedRoutes } from "../../../daemon/dist/http/routes/index.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, rightsDaemon } from "../helpers/http/rights-daemon.js";

const routes = describedRoutes();

/** Routes for whoever is let in: each is here because it shows and changes nothing that rights are about. */
const WITHOUT_ACTION = [
  /^GET \/health/,
  /^GET \/metrics$/,
  /^POST \/hooks\//,
  /^GET \/meta\/info$/,
  /^GET \/openapi\.json$/,
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
  t.is(written, actionTable(routes), "run `npm run docs:routes`");
});

const PLACES: Readonly<Record<string, string>> = {
  environment: "staging",
  namespace: "team-a",
  storage: "main",
  type: "flipt.core.Flag",
  key: "on",
  id: "none",
};

test("who has no right gets nothing from any route that needs one", async (t) => {
  const { as, url } = await rightsDaemon(t);
  const judged = routes.filter(({ action }) => action !== "none");
  t.true(judged.length >= 30, String(judged.length));
  for (const { method, path } of judged) {
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => PLACES[name] ?? "x");
    const name = `${method} ${target}`;
    if (/\/(stream|events)$/.test(path)) {
      const stream = await openStream(t, url() + target, { ...bearer("nobody"), Accept: "text/event-stream" });
      t.is(stream.status, 403, name);
      continue;
    }
    const item = { environmentKey: "staging", namespaceKey: "team-a", flagKey: "on", entityId: "e" };
    const body =
      method === "GET" || method === "DELETE" ? undefined : { ...item, requests: [item], key: "on", to: "abcdef" };
    const answer = await as("nobody", method, target, body);
    const shown =
      answer.status === 200 ? Object.values(answer.body).flatMap((value) => (Array.isArray(value) ? value : [])) : [];
    if (path.endsWith("/batch")) {
      t.is(answer.body.responses[0].type, "ERROR_EVALUATION_RESPONSE_TYPE");
      continue;
    }
    if (answer.status === 200) t.deepEqual(shown, [], name);
    else t.is(answer.status, 403, `${name} ${JSON.stringify(answer.body)}`);
  }
});
