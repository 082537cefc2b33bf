import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const WRITERS = 3;
/** Answers awaited before, between and after reloads. */
const ANSWERS = 6;

for (const backend of ["memory", "local"] as const) {
  test(`reloads that change a storage refuse no write and lose none (${backend} backend)`, async (t) => {
    const cwd = await temporaryDirectory(t);
    const repository = await temporaryRepository(t, { files: { "default/features.yaml": "namespace: default\n" } });
    await repository.git("branch", "release");
    const server = await startGitHttpServer(t, repository.path);
    const configOf = (interval: string, password: string, branch: string) => ({
      storage: {
        main: {
          remote: server.url,
          branch,
          poll_interval: interval,
          credentials: "git",
          backend: backend === "memory" ? { type: "memory" } : { type: "local", path: join(cwd, "store") },
        },
      },
      environments: { default: { storage: "main", default: true } },
      credentials: { git: { type: "basic", basic: { username: "ada", password } } },
    });
    const daemon = await startDaemon(t, { cwd, config: configOf("1h", "one", "main") });

    const acknowledged: string[] = [];
    const refused: unknown[] = [];
    const waiting = new Set<() => void>();
    let isOver = false;
    t.teardown(() => {
      isOver = true;
    });
    const write = async (writer: number): Promise<void> => {
      for (let index = 0; !isOver; index += 1) {
        const key = `flag-${writer}-${index}`;
        const payload = { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled: true };
        const { status, body } = await daemon.post("/api/v2/environments/default/namespaces/default/resources", {
          key,
          payload,
        });
        if (status === 200) acknowledged.push(key);
        else refused.push([status, body]);
        for (const look of waiting) look();
      }
    };
    const answered = (more: number): Promise<void> => {
      const wanted = acknowledged.length + refused.length + more;
      return new Promise((resolve) => {
        const look = (): void => {
          if (acknowledged.length + refused.length < wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      });
    };
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer));
    await answered(ANSWERS);
    for (const [interval, password, branch] of [
      ["2h", "one", "main"],
      ["2h", "two", "main"],
      ["2h", "two", "release"],
      ["1h", "one", "main"],
    ] as const) {
      const config = { version: "2.0", log: { encoding: "json" }, ...configOf(interval, password, branch) };
      await writeFile(
        join(cwd, "vexil.json"),
        JSON.stringify({ ...config, server: { host: "127.0.0.1", http_port: 0, workers: 1 } }),
      );
      const from = daemon.lines.length;
      daemon.child.kill("SIGHUP");
      const done = await daemon.line((line) => daemon.lines.indexOf(line) >= from && /^config\.re/.test(line.event));
      t.like(done, { event: "config.reloaded", changed: ["main"] });
      await answered(ANSWERS);
    }
    isOver = true;
    await Promise.all(writers);
    t.deepEqual(refused, []);
    const texts = await Promise.all(
      ["main", "release"].map((branch) => repository.git("show", `${branch}:default/features.yaml`)),
    );
    const there = new Set(texts.flatMap((text) => text.match(/flag-\d+-\d+/g) ?? []));
    t.deepEqual(
      acknowledged.filter((key) => !there.has(key)),
      [],
    );
    t.is(await daemon.stop(), 0);
  });
}
