import { createHash } from "node:crypto";
import { systemClock } from "@vexil/engine/model/clock";
import { guardAuthenticator } from "@vexil/engine/plugins/guard-authenticator";
import { GuardScope } from "@vexil/engine/plugins/guard-scope";
import type { HttpAuthenticator, SignedRequest } from "@vexil/plugin-api";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test from "ava";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { fetchFrom, never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const EMPTY = createHash("sha256").digest("hex");

/** A guarded authenticator of a credential named `bot`. */
function guarded(headers: HttpAuthenticator["headers"]): HttpAuthenticator {
  const guard = new GuardScope({
    identity: { plugin: "vault", package: "vexil-auth-vault", owner: "credential bot" },
    directory: undefined,
    settings: {},
    logger: new RecordingLogger(),
    clock: systemClock,
    deadlines: { loadMs: 1_000, validateMs: 1_000, createMs: 1_000, useMs: 20_000, closeMs: 1_000 },
  });
  return guardAuthenticator({ type: "http", headers, close: async () => {} }, guard) as HttpAuthenticator;
}

test("a header that cannot be sent is refused by the name of plugin, credential and header, without its value", async (t) => {
  const faults: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ Authorization: "Bearer canary\n" }, /the value of Authorization has a line break/],
    [{ Authorization: "Bearer canary\r\nX: 1" }, /the value of Authorization has a line break/],
    [{ Authorization: "Bearer canary\0" }, /the value of Authorization has characters/],
    [{ "X Canary\n": "1" }, /a header's name is empty or has characters/],
  ];
  for (const [headers, expected] of faults) {
    const request: SignedRequest = { method: "GET", path: "/", bodySha256: EMPTY };
    const asked = guarded(async () => headers).headers("https://git.example.com", { refresh: false, request }, never);
    const error = await t.throwsAsync(asked, { code: "VEXIL_PLUGIN_USE", message: expected });
    t.true(error?.message.includes(`plugin "vault" (vexil-auth-vault, credential bot)`), error?.message);
    t.notRegex(error?.message ?? "", /canary/i);
  }
});

test("headers are asked for each request, with its method, path and the digest of its body", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const seen: SignedRequest[] = [];
  const authenticator = guarded(async (_origin, { request }) => {
    seen.push(request);
    return { "x-signed": `${request.method} ${request.path} ${request.bodySha256}` };
  });
  const remote = openTestRemote(t, server.url, { authenticator });
  const { refs } = await remote.listRefs(["refs/heads/"], never);
  await fetchFrom(remote, { wants: [...refs.values()] });
  t.deepEqual(
    seen.map(({ method, path }) => `${method} ${path}`),
    server.requests.map(({ method, url }) => `${method} ${url}`),
  );
  for (const [index, { method, path, bodySha256 }] of seen.entries()) {
    t.regex(bodySha256, /^[0-9a-f]{64}$/);
    t.is(bodySha256 === EMPTY, method === "GET", "only a GET has no body");
    t.is(server.requests[index]?.headers["x-signed"], `${method} ${path} ${bodySha256}`);
  }
  t.true(seen.some(({ method }) => method === "POST"));
});
