import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CredentialConfig } from "@vexil/config/config";
import type { Authenticator } from "@vexil/plugin-api";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { flag } from "../helpers/machine/machine.js";
import { at, configWith, managed } from "../helpers/machine/managed.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

test("a credential that a reload changes is in use until the push that began with it has ended", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const signs = await temporaryDirectory(t);
  const hook = join(repository.path, "hooks", "pre-receive");
  await mkdir(dirname(hook), { recursive: true });
  await writeFile(hook, `#!/bin/sh\ntouch ${signs}/pushing\nwhile [ ! -e ${signs}/go ]; do sleep 0.05; done\n`, {
    mode: 0o755,
  });
  const server = await startGitHttpServer(t, repository.path, {
    auth: { type: "basic", username: "ada", password: "same" },
  });
  const one = await managed(t, []);
  const told: string[] = [];
  const generation = (name: string) => {
    const credential: CredentialConfig = { id: "git", type: "basic", settings: { name }, path: "credentials.git" };
    const storage = { ...at("anywhere"), remote: server.url, credentials: "git", pollIntervalMs: 3_600_000 };
    return one.generation(configWith([storage], credential), {
      createBackend: async () => mapBackend(),
      createAuthenticator: async () => {
        let isClosed = false;
        const authenticator: Authenticator = {
          type: "http",
          headers: async () => {
            if (isClosed) told.push(`${name} is used after its end`);
            return { authorization: `Basic ${Buffer.from("ada:same").toString("base64")}` };
          },
          close: async () => {
            isClosed = true;
            told.push(`${name} has ended`);
          },
        };
        return authenticator;
      },
    });
  };
  const before = await generation("old");
  await (await one.manager.open(before)).get("main")?.settled;
  const written = one.write("default", flag("x", true, "create")).then(() => void told.push("answered"));
  await one.clock.until(() => existsSync(join(signs, "pushing")));
  const changed = one.manager.change(before, await generation("new"));
  await one.clock.settle();
  t.deepEqual(told, []);
  await writeFile(join(signs, "go"), "");
  await written;
  await Promise.all((await changed).opened.map(({ settled }) => settled));
  t.deepEqual(told, ["answered", "old has ended"]);
  await one.streams.drain(new AbortController().signal);
  await one.manager.close();
  t.deepEqual(told.slice(2), ["new has ended"]);
});
