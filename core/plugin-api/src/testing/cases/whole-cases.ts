import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { deflateSync } from "node:zlib";
import type { GitObject } from "../../git-object.js";
import { BackendSession, type ConformanceRun, newCommit, swap, validated, writeAll } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, Skip } from "../conformance-case.js";
import { history, tagOf } from "../git-samples.js";
import { secretValues } from "../secret-values.js";

const execute = promisify(execFile);

/** Cases that can only be judged with everything together. */
export function wholeCases(run: ConformanceRun): readonly ConformanceCase[] {
  return [
    conformanceCase("gives back a repository that git itself finds whole", () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const { objects, commits } = history(8);
        const tag = tagOf(commits.at(-1) as GitObject, "v1");
        await writeAll(backend, [...objects, tag]);
        await swap(backend, session.ref("x"), undefined, commits.at(-1)?.oid);
        const found = await backend.objects.read([...objects, tag].map((object) => object.oid));
        await fsck([...found.values()], { "refs/heads/main": commits.at(-1)?.oid ?? "", "refs/tags/v1": tag.oid });
      }),
    ),
    conformanceCase("goes on after a swap that names an object it does not have", () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const { objects, commits } = history(1);
        // Refusing it and doing it are both right: the host writes objects first.
        await swap(backend, session.ref("x"), undefined, commits[0]?.oid).catch(() => false);
        await newCommit(backend, objects);
        assert.ok((await backend.refs.list(session.prefix)).size <= 1);
      }),
    ),
    conformanceCase("has written no secret into any log", () =>
      BackendSession.with(run, async (session) => {
        const secrets = new Set([...run.secrets, ...secretValues(await validated(run.plugin, session.raw))]);
        await session.close(await session.open());
        const text = run.logger.text();
        for (const secret of secrets) assert.ok(!text.includes(secret), "a log line holds a secret of the settings");
      }),
    ),
  ];
}

/** Writes objects as git stores them loose, and lets `git fsck` judge. */
async function fsck(objects: readonly GitObject[], refs: Readonly<Record<string, string>>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "vexil-conformance-"));
  const put = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  };
  try {
    await put("HEAD", "ref: refs/heads/main\n");
    await put("config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
    for (const { oid, type, bytes } of objects) {
      const loose = deflateSync(Buffer.concat([Buffer.from(`${type} ${bytes.byteLength}\0`), bytes]), { level: 1 });
      await put(`objects/${oid.slice(0, 2)}/${oid.slice(2)}`, loose);
    }
    for (const [ref, oid] of Object.entries(refs)) await put(ref, `${oid}\n`);
    const options = { env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } };
    const { stdout, stderr } = await execute("git", ["--git-dir", directory, "fsck", "--strict", "--full"], options);
    assert.equal(`${stdout}${stderr}`.replace(/^notice:.*$/gm, "").trim(), "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new Skip("git is not installed");
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
