import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import test from "ava";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

/** Writes batches without end: many small objects as a pack, or single large ones. */
const WRITER = `
import { createHash, randomBytes } from "node:crypto";
import local from "@vexil/backend-local";
import { backendContext } from "./dist/helpers/plugins/local-backend.js";
const [path, kind] = process.argv.slice(1);
const backend = await local.create({ path, watch: false }, backendContext());
const blob = () => {
  const bytes = randomBytes(kind === "pack" ? 2 ** 18 : 6 * 2 ** 20);
  const oid = createHash("sha1").update("blob " + bytes.length + "\\0").update(bytes).digest("hex");
  return { oid, type: "blob", bytes };
};
for (;;) await backend.objects.write(Array.from({ length: kind === "pack" ? 24 : 1 }, blob));
`;

function unfinished(path: string): readonly string[] {
  return (readdirSync(join(path, "objects"), { recursive: true }) as string[]).filter((name) => name.includes("tmp_"));
}

/** Kills a writer in the middle of a file. */
async function killInTheMiddle(path: string, kind: string): Promise<void> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, path, kind], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: GIT_ENV,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  while (unfinished(path).length === 0 && child.exitCode === null) await pause(1);
  child.kill("SIGKILL");
  await ended;
}

for (const kind of ["loose", "pack"]) {
  test(`unfinished objects of a killed daemon go at the next start, those of others when they are old (${kind})`, async (t) => {
    const { path } = await temporaryRepository(t, { files: { "default/features.yaml": "flags: []\n" } });
    for (let kills = 0; unfinished(path).length === 0; kills += 1) {
      if (kills === 20) return t.fail("20 kills left nothing unfinished");
      await killInTheMiddle(path, kind);
    }
    // A daemon on another work tree of the same repository, whose lock tells nothing here, and a user's git.
    const directory = join(path, "objects", kind === "pack" ? "pack" : "ab");
    await mkdir(directory, { recursive: true });
    const others = [
      kind === "pack" ? "tmp_vexil_pack_0123456789ab_0011" : "tmp_obj_vexil_0123456789ab_0011",
      "tmp_obj_x1",
    ];
    for (const name of others) await writeFile(join(directory, name), "half");
    await openLocal(t, path, { watch: false });
    t.deepEqual(
      unfinished(path)
        .map((name) => name.split("/").at(-1))
        .sort(),
      others.sort(),
    );
  });
}
