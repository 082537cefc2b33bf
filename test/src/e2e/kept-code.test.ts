import { execFile } from "node:child_process";
import { chmod, copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import * as nodeModule from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import test from "ava";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const RUN_CODE = fileURLToPath(new URL("../../../daemon/dist/code/run-code.cjs", import.meta.url));
const execute = promisify(execFile);
const ofNode = "enableCompileCache" in nodeModule ? "this Node keeps compiled code by itself" : undefined;

/** Two programs of the same length; V8 itself takes what it made of the one for the other. */
const code = (word: "first" | "other", version: number, staysMs: number): string =>
  `console.log(said()); setTimeout(() => {}, ${staysMs});
   function said() { return "${word}"; }
// version ${version}
`;

interface Program {
  write(word: "first" | "other", version: number, staysMs?: 1_000 | 6_000): Promise<void>;
  run(): Promise<string>;
  kept(): Promise<readonly string[]>;
}

async function program(t: Scope): Promise<Program & { readonly directory: string }> {
  const directory = await temporaryDirectory(t);
  await copyFile(RUN_CODE, join(directory, "run-code.cjs"));
  const file = join(directory, "some-code.js");
  const start = `require("./run-code.cjs")(${JSON.stringify(file)})`;
  return {
    directory,
    write: (word, version, staysMs = 1_000) => writeFile(file, code(word, version, staysMs)),
    run: async () => (await execute(process.execPath, ["-e", start], { cwd: directory })).stdout.trim(),
    kept: async () => (await readdir(join(directory, "cache"))).map((name) => join(directory, "cache", name)),
  };
}

test("what V8 made of a program is kept beside it, and taken for the same version of it alone", async (t) => {
  if (skipUnless(t, ofNode)) return;
  const { write, run, kept } = await program(t);
  await write("first", 1, 6_000);
  t.is(await run(), "first");
  t.is((await kept()).length, 1);
  await write("other", 1);
  t.is(await run(), "first", "the kept code is what ran");
  await write("other", 2);
  t.is(await run(), "other");
});

test("kept code that is damaged, or that others may have written, is not run", async (t) => {
  if (skipUnless(t, ofNode)) return;
  const { write, run, kept } = await program(t);
  await write("first", 1, 6_000);
  await run();
  await write("other", 1);
  const [file = ""] = await kept();
  const sound = await readFile(file);
  await chmod(file, 0o666);
  t.is(await run(), "other", "everybody may write it");
  await chmod(file, 0o644);
  t.is(await run(), "first");
  const damaged = Buffer.from(sound);
  damaged.writeUInt8(damaged.readUInt8(sound.length - 100) ^ 1, sound.length - 100);
  for (const bytes of [damaged, sound.subarray(0, sound.length - 1), sound.subarray(0, 10), Buffer.alloc(0)]) {
    await writeFile(file, bytes);
    t.is(await run(), "other", `${bytes.length} bytes`);
  }
});

test("a program runs where nothing can be kept", async (t) => {
  const { directory, write, run } = await program(t);
  await writeFile(join(directory, "cache"), "no directory");
  await write("first", 1, 6_000);
  t.is(await run(), "first");
  t.is(await readFile(join(directory, "cache"), "utf8"), "no directory");
});
