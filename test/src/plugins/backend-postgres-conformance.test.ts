import postgres from "@vexil/backend-postgres";
import { backendConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const undo: (() => unknown)[] = [];
let server: PostgresServer | undefined;

test.before("start PostgreSQL", async () => {
  server = await postgresServer({ teardown: (one) => undo.push(one) });
});

test.after.always("stop PostgreSQL", async () => {
  for (const one of undo.reverse()) await one();
});

// One schema for all cases: they keep out of each other's way, as daemons on one database do.
const cases = backendConformance(postgres, () => ({ url: server?.url() }), {
  module: import.meta.resolve("@vexil/backend-postgres"),
});

for (const one of cases) test.serial(one.title, (t) => holdsCase(t, one));
