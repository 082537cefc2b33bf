import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "@vexil/plugin-api";
import test from "ava";
import { ROOT } from "../helpers/files/manual.js";
import { tokenMethod } from "../helpers/http/authentication.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { NO_SESSIONS } from "../helpers/http/no-sessions.js";

test("the JSON Schemas of packages are served to editors, which have no credential", async (t) => {
  const authentication = {
    required: true,
    exclude: { evaluation: false, ofrep: false },
    session: NO_SESSIONS,
    methods: [tokenMethod({ ada: { credential: new Secret("t0ken") } })],
  };
  const { url } = await startTestServer(t, { config: { authentication } });
  t.is((await fetch(`${url}/meta/info`)).status, 401);
  for (const name of ["config", "features", "tests"]) {
    const answer = await fetch(`${url}/schemas/${name}.json`);
    t.is(answer.headers.get("content-type"), "application/schema+json");
    t.is(await answer.text(), readFileSync(join(ROOT, `daemon/schemas/${name}.json`), "utf8"), name);
  }
  for (const path of ["/schemas/other.json", "/schemas/features", "/schemas"]) {
    const answer = await fetch(`${url}${path}`);
    t.is(answer.status, 404, path);
    t.is(((await answer.json()) as { message: string }).message, "Not Found");
  }
});
