import { execFile } from "node:child_process";
import test from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { startTestServer } from "../helpers/http/http-server.js";

/** Error output of a command. */
function errorOf(...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { timeout: 60_000 }, (_, __, stderr) => resolve(stderr));
  });
}

test("answers name the code of their error in a header, and commands what tells more about it", async (t) => {
  const { url } = await startTestServer(t);
  for (const [method, path, code] of [
    ["GET", "/api/v2/environments/none/namespaces", "VEXIL_NOT_FOUND"],
    ["POST", "/evaluate/v1/boolean", "VEXIL_NOT_FOUND"],
    ["DELETE", "/api/v2/environments", "VEXIL_REFUSED_UNIMPLEMENTED"],
  ] as const) {
    const answer = await fetch(`${url}${path}`, { method, body: method === "POST" ? "{}" : null });
    t.is(answer.headers.get("vexil-error"), code, path);
    t.deepEqual(Object.keys((await answer.json()) as object), ["code", "message", "details"], path);
  }
  t.is((await fetch(`${url}/meta/info`)).headers.get("vexil-error"), null);
  t.regex(
    await errorOf("history", "--environment", "none", "--url", url),
    /^Error: [^\n]*none[^\n]* \(more: vexil explain-error VEXIL_NOT_FOUND\)\n$/,
  );
  // It has said itself what to do.
  t.notRegex(await errorOf("status", "--url", "127.0.0.1"), /explain-error/);
});
