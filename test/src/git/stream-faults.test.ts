import { spawn } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import type { RemoteOptions } from "@vexil/git/remote/open-remote";
import type { Authenticator, Channel } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { fetchFrom, never, openTestRemote, TIMEOUTS } from "../helpers/git-servers/remote-client.js";
import { GIT_ENV, nativeGitBytes } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MAIN = "refs/heads/main";

/** Actions of a scripted channel on the bytes of a real service: pass some, then one thing. */
interface Script {
  readonly pass: number;
  readonly what: "hang" | "end" | "break" | "flip" | "fail";
  readonly stderr?: string;
}

function scripted(path: string, script: () => Script | undefined): Authenticator {
  const open = async (_: string, service: string, env: Readonly<Record<string, string>>): Promise<Channel> => {
    const child = spawn("git", [service.slice(4), path], { env: { ...GIT_ENV, ...env } });
    child.stdin.on("error", () => {});
    const plan = script();
    let passed = 0;
    let end: (code: number | undefined) => void = () => {};
    const exit = new Promise<number | undefined>((resolve) => {
      end = resolve;
    });
    const stdout = new ReadableStream<Uint8Array>({
      start: (controller) => {
        let closed = false;
        child.stdout.on("data", (chunk: Buffer) => {
          if (closed) return;
          const room = plan === undefined ? chunk.byteLength : Math.max(0, plan.pass - passed);
          passed += chunk.byteLength;
          if (plan === undefined || room >= chunk.byteLength) return controller.enqueue(chunk);
          if (plan.what === "flip") {
            const damaged = Buffer.from(chunk);
            damaged[room] = (damaged[room] as number) ^ 0xff;
            return controller.enqueue(damaged);
          }
          controller.enqueue(chunk.subarray(0, room));
          closed = true;
          if (plan.what === "end" || plan.what === "fail") controller.close();
          if (plan.what === "break")
            controller.error(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
          if (plan.what !== "hang") end(plan.what === "fail" ? 128 : undefined);
        });
        child.once("close", (code) => {
          if (!closed && plan?.what !== "hang") controller.close();
          closed = true;
          end(code ?? undefined);
        });
      },
    });
    return {
      stdin: Writable.toWeb(child.stdin),
      stdout,
      stderr: Readable.toWeb(Readable.from([Buffer.from(plan?.stderr ?? "")])) as ReadableStream<Uint8Array>,
      exit,
      close: () => child.kill("SIGKILL"),
    };
  };
  return { type: "stream", open, close: async () => {} };
}

async function start(t: ExecutionContext, options: Partial<RemoteOptions> = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  let script: Script | undefined;
  const authenticator = scripted(repository.path, () => script);
  const remote = openTestRemote(t, "git@host:x", { authenticator, credential: "key", ...options });
  const failing = async (next: Script, work: () => Promise<unknown>): Promise<readonly unknown[]> => {
    script = next;
    const error: unknown = await t.throwsAsync(work(), { any: true });
    script = undefined;
    if (!VexilError.is(error)) throw error;
    t.regex(error.message, /^host:x: /);
    return [error.code, error.details.step, ...(error.details.sent === undefined ? [] : [error.details.sent])];
  };
  return { repository, remote, failing, head: (await repository.head()) as string };
}

const SHORT = { timeouts: { ...TIMEOUTS, firstByteMs: 500, idleMs: 500, pushMs: 700 } };

test("a stream that hangs, ends, breaks or is damaged is told, wherever it happens", async (t) => {
  const { repository, remote, failing, head } = await start(t, SHORT);
  const operations = {
    ref: () => remote.listRefs([MAIN], never),
    pack: () => fetchFrom(remote, { wants: [head] }),
    push: () => remote.push({ updates: [{ ref: MAIN, old: head, new: undefined }], objects: [] }, never),
  };
  for (const [step, operation] of Object.entries(operations)) {
    // Within the greeting nothing of a push has been sent.
    const unsent = step === "push" ? [false] : [];
    for (const pass of [0, 10]) {
      t.deepEqual(await failing({ pass, what: "hang" }, operation), ["VEXIL_CONNECTION_TIMEOUT", step, ...unsent]);
      t.deepEqual(await failing({ pass, what: "end" }, operation), ["VEXIL_CONNECTION_TRUNCATED", step, ...unsent]);
      t.deepEqual((await failing({ pass, what: "break" }, operation))[0], "VEXIL_CONNECTION_RESET");
    }
    const words = "ERROR: Repository not found.";
    const refused = await failing({ pass: 0, what: "fail", stderr: words }, operation);
    t.deepEqual(refused, ["VEXIL_REMOTE_NOT_FOUND", step, ...unsent]);
  }
  // Past the greeting, where the pack is.
  t.deepEqual(await failing({ pass: 600, what: "end" }, operations.pack), ["VEXIL_CONNECTION_TRUNCATED", "pack"]);
  t.deepEqual(await failing({ pass: 600, what: "flip" }, operations.pack), ["VEXIL_CONNECTION_CORRUPT", "pack"]);
  t.is(await repository.head(), head);
  t.is((await operations.ref()).refs.get(MAIN), head);
  t.is((await operations.pack()).objects.length, 6);
});

test("a push whose greeting hangs has failed after the deadline for that, one whose report hangs after its own", async (t) => {
  const timed = async (
    pass: number,
    pushMs: number,
  ): Promise<readonly [tookMs: number, outcome: readonly unknown[]]> => {
    const timeouts = { ...TIMEOUTS, firstByteMs: 300, idleMs: 300, pushMs };
    const { remote, failing, head } = await start(t, { timeouts });
    const started = performance.now();
    const outcome = await failing({ pass, what: "hang" }, () =>
      remote.push({ updates: [{ ref: "refs/heads/x", old: undefined, new: head }], objects: [] }, never),
    );
    return [performance.now() - started, outcome];
  };
  const [early, unsent] = await timed(0, 90_000);
  t.deepEqual(unsent, ["VEXIL_CONNECTION_TIMEOUT", "push", false]);
  t.true(early < 60_000, `${early} ms`);
  const { path } = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const greeting = await nativeGitBytes(["receive-pack", "--http-backend-info-refs", path]);
  const [late, sent] = await timed(greeting.byteLength + 10, 2_000);
  t.deepEqual(sent, ["VEXIL_CONNECTION_TIMEOUT", "push"]);
  t.true(late > 1_800, `${late} ms`);
});

test("a connection that never comes, or fails to, keeps its own error", async (t) => {
  const open = (work: Promise<never>) =>
    openTestRemote(t, "git@host:x", {
      authenticator: { type: "stream", open: () => work, close: async () => {} },
      timeouts: { ...TIMEOUTS, connectMs: 300 },
    });
  const hanging: unknown = await t.throwsAsync(open(new Promise(() => {})).listRefs([MAIN], never), { any: true });
  t.true(VexilError.is(hanging) && hanging.code === "VEXIL_CONNECTION_TIMEOUT" && hanging.details.step === "connect");
  const own = new VexilError("VEXIL_AUTH_HOST_KEY_CHANGED", "the host key changed", { details: { step: "host-key" } });
  const refused: unknown = await t.throwsAsync(open(Promise.reject(own)).listRefs([MAIN], never), { any: true });
  t.true(VexilError.is(refused) && refused.code === "VEXIL_AUTH_HOST_KEY_CHANGED");
  t.is((refused as VexilError).details.step, "host-key");
});

test("an abort ends a hanging stream at once", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const authenticator = scripted(repository.path, () => ({ pass: 0, what: "hang" }));
  const remote = openTestRemote(t, "git@host:x", { authenticator, credential: "key" });
  const controller = new AbortController();
  const listing = remote.listRefs([MAIN], controller.signal);
  setImmediate(() => controller.abort());
  const error: unknown = await t.throwsAsync(listing, { any: true });
  t.true(VexilError.is(error) && error.code === "VEXIL_INTERNAL_CANCELLED");
});

/** Runs a piece of work with another PATH; the tests of this file that need git in the meantime have started it. */
async function withPath<T>(path: string, secret: string, work: () => Promise<T>): Promise<T> {
  const before = process.env.PATH;
  process.env.PATH = path;
  process.env.VEXIL_TEST_SECRET = secret;
  try {
    return await work();
  } finally {
    process.env.PATH = before;
    delete process.env.VEXIL_TEST_SECRET;
  }
}

test.serial("without git on PATH a file remote says what to install", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = openTestRemote(t, repository.url);
  const empty = await temporaryDirectory(t);
  const error: unknown = await withPath(empty, "x", () => t.throwsAsync(remote.listRefs([MAIN], never), { any: true }));
  t.true(VexilError.is(error) && error.code === "VEXIL_REMOTE_GIT_MISSING", String(error));
  t.regex((error as VexilError).message, /install git/);
});

test.serial(
  "the git process of a file remote sees no secret of this process, and one that hangs is ended",
  async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const directory = await temporaryDirectory(t);
    const bin = join(directory, "bin");
    await mkdir(bin);
    const seen = join(directory, "seen");
    await writeFile(join(bin, "git"), `#!/bin/sh\nenv > ${seen}\necho "$@" >> ${seen}\nexec sleep 60\n`, {
      mode: 0o755,
    });
    for (const name of ["sh", "env", "sleep"]) await symlink(`/bin/${name}`, join(bin, name));
    const remote = openTestRemote(t, repository.url, SHORT);
    const error: unknown = await withPath(bin, "hunter2", () =>
      t.throwsAsync(remote.listRefs([MAIN], never), { any: true }),
    );
    t.true(VexilError.is(error) && error.code === "VEXIL_CONNECTION_TIMEOUT", String(error));
    const text = await readFile(seen, "utf8");
    t.regex(text, /GIT_PROTOCOL=version=2/);
    t.notRegex(text, /hunter2|VEXIL/);
  },
);
