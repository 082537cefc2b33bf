import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const run = promisify(execFile);

test("the built command tests a durable, shared backend, second processes included", async (t) => {
  t.timeout(240_000);
  const server = await postgresServer(t);
  const settings = JSON.stringify({ url: server.url() });
  const args = [VEXIL, "plugin", "test", "@vexil/backend-postgres", "--settings", settings];
  const { stdout } = await run(process.execPath, args, { cwd: await temporaryDirectory(t), maxBuffer: 2 ** 24 });
  t.regex(stdout, /\n\d+ passed, 0 failed(, \d+ skipped)?\n$/);
  for (const title of ["frees the leases of a process that is killed", "hints at what another process swapped"]) {
    t.true(stdout.includes(`passed   ${title}`), title);
  }
});
