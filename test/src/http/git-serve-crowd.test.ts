import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const packet = (line: string): string => `${(line.length + 5).toString(16).padStart(4, "0")}${line}\n`;

test("beyond so many clients that take a pack slowly others are told to come again, and those that go leave nothing", async (t) => {
  t.timeout(120_000);
  const megabytes = Object.fromEntries(Array.from({ length: 20 }, (_, file) => [`${file}.bin`, randomBytes(2 ** 20)]));
  const repository = await temporaryRepository(t, { files: { ...EXAMPLE_FILES, ...megabytes } });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    environments: { default: { storage: "default", default: true } },
  });
  await (await daemon.start()).settled;
  const url = `${daemon.url()}/git/default`;
  const head = (await repository.head()) ?? "";
  const body = `${packet("command=fetch")}0001${packet(`want ${head}`)}${packet("done")}0000`;
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  t.teardown(() => agent.destroy());
  const answers: IncomingMessage[] = [];
  // An answer that nobody listens to is not read.
  const ask = (_: unknown, __: number, localAddress = "127.0.0.1"): ReturnType<typeof request> => {
    const asked = request(`${url}/git-upload-pack`, {
      method: "POST",
      agent,
      localAddress,
      headers: { "Git-Protocol": "version=2" },
    });
    asked.on("response", (answer) => answers.push(answer)).on("error", () => undefined);
    return asked.end(body);
  };
  const statuses = async (): Promise<readonly (number | undefined)[]> => answers.map(({ statusCode }) => statusCode);
  const first = Array.from({ length: 8 }, ask);
  await eventually(statuses, (known) => known.length === 8);
  t.deepEqual(new Set(await statuses()), new Set([200]));
  const waiting = Array.from({ length: 24 + 5 }, ask);
  // On a busy machine some of those that wait are told so, too, when they have waited for too long.
  await eventually(statuses, (known) => known.length >= 13);
  const refused = answers.slice(8, 13);
  t.deepEqual(
    refused.map(({ statusCode, headers }) => [statusCode, headers["retry-after"]]),
    Array(5).fill([503, "10"]),
  );
  // Whoever has none yet gets one at once.
  const stranger = ask(undefined, 0, "127.0.0.5");
  const [given] = (await once(stranger, "response")) as [IncomingMessage];
  t.is(given.statusCode, 200);
  // Refs are told all the same.
  t.regex(await nativeGit(["ls-remote", url]), /refs\/heads\/main/);
  for (const asked of [...first, ...waiting, stranger]) asked.destroy();
  const path = join(await temporaryDirectory(t), "clone");
  // That they went is seen when their connections close.
  const cloned = (): Promise<string> => nativeGit(["clone", "-q", url, path]).catch(({ message }: Error) => message);
  await eventually(cloned, (said) => !said.includes("503"));
  t.is(await nativeGit(["rev-parse", "HEAD"], { cwd: path }), head);
  t.deepEqual(
    daemon.lines.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});

test("storages are not served to git where that is switched off", async (t) => {
  const daemon = await inProcessDaemon(t, {
    server: { git: { enabled: false } },
    storage: { default: { backend: { type: "memory" } } },
    environments: { default: { storage: "default", default: true } },
  });
  await (await daemon.start()).settled;
  const error = await t.throwsAsync(nativeGit(["ls-remote", `${daemon.url()}/git/default`]));
  t.regex(error?.message ?? "", /remote: git is not served \(server.git.enabled\)/);
});
