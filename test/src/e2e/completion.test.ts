import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const run = promisify(execFile);

/** A shell that knows a program `vexil` and the script that completes its words. */
interface Place {
  readonly directory: string;
  readonly script: string;
  readonly env: NodeJS.ProcessEnv;
}

async function place(t: ExecutionContext, shell: string): Promise<Place> {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, "bin"));
  const program = join(directory, "bin", "vexil");
  await writeFile(program, `#!/bin/sh\nexec ${process.execPath} ${VEXIL} "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(join(directory, "one.yaml"), "");
  const env = {
    PATH: `${join(directory, "bin")}:${process.env.PATH}`,
    HOME: directory,
    TERM: "dumb",
    LC_ALL: "C.UTF-8",
  };
  const script = join(directory, `_vexil.${shell}`);
  await writeFile(script, (await run(program, ["completion", shell], { env })).stdout);
  return { directory, script, env };
}

/** Words that bash offers for a line. */
async function inBash({ directory, script, env }: Place, ...words: readonly string[]): Promise<readonly string[]> {
  const line = words.map((word) => `'${word}'`).join(" ");
  const text = `source ${script}; COMP_WORDS=(vexil ${line}); COMP_CWORD=${words.length}; _vexil; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run("bash", ["--norc", "-c", text], { env, cwd: directory });
  return stdout.trim().split("\n");
}

async function inFish({ directory, script, env }: Place, line: string): Promise<readonly string[]> {
  const { stdout } = await run("fish", ["--no-config", "-c", `source ${script}; complete -C "vexil ${line}"`], {
    env,
    cwd: directory,
  });
  return stdout
    .trim()
    .split("\n")
    .map((one) => one.split("\t")[0] ?? "");
}

/** The line that a zsh at a terminal makes of a line once Tab was pressed. */
async function inZsh({ directory, script, env }: Place, line: string, expected: string): Promise<string> {
  const driver = join(directory, "driver.zsh");
  await writeFile(
    driver,
    `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "autoload -U compinit; compinit -u -D; source ${script}; bindkey '^I' complete-word; PS1=; zstyle ':completion:*' list-colors ''; print rea''dy"
zpty -r z out '*ready*'
zpty -w -n z "vexil ${line}"$'\\t'
for i in {1..120}; do
  sleep 0.25
  while zpty -r -t z out; do all+="$out"; done
  [[ "$all" == *"${expected}"* ]] && break
done
print -rn -- "$all"
zpty -d z
`,
  );
  const { stdout } = await run("zsh", ["-f", driver], { env, cwd: directory });
  return stdout;
}

async function missing(shell: string): Promise<string | undefined> {
  return run(shell, ["--version"]).then(
    () => undefined,
    () => `needs ${shell}`,
  );
}

async function daemon(t: ExecutionContext): Promise<string> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const started = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } }, other: { backend: { type: "memory" } } },
    environments: { default: { storage: "default", default: true }, staging: { storage: "other" } },
  });
  await (await started.start()).settled;
  return started.url();
}

test("bash completes commands, options, choices, files, and what a daemon serves", async (t) => {
  t.timeout(120_000);
  const [shell, url] = [await place(t, "bash"), await daemon(t)];
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["fl"], ["flag"]],
    [["flag", "set", "x", "--perc"], ["--percentage"]],
    [
      ["test", "--format", "j"],
      ["junit", "json"],
    ],
    [["validate", "one"], ["one.yaml"]],
    // As bash itself divides --from=fl.
    [
      ["import", "--from", "=", "fl"],
      ["flagd", "flipt-v1"],
    ],
    [["flag", "list", "--url", url, "-e", "st"], ["staging"]],
    [
      ["flag", "list", "--url", url, "--namespace", ""],
      ["default", "ops"],
    ],
    [["flag", "toggle", "--url", url, "ban"], ["banner"]],
    [["explain-error", "VEXIL_REMOTE_BR"], ["VEXIL_REMOTE_BRANCH_GONE"]],
    [
      ["sync", "--url", url, ""],
      ["default", "other"],
    ],
    [["flag", "toggle", "--url", "http://127.0.0.1:1", ""], [""]],
  ];
  for (const [words, expected] of cases)
    t.deepEqual([...(await inBash(shell, ...words))].sort(), [...expected].sort(), words.join(" "));
});

test("a daemon that does not answer is not waited for", async (t) => {
  const shell = await place(t, "bash");
  const { createServer } = await import("node:net");
  const silent = createServer().listen(0, "127.0.0.1");
  t.teardown(() => silent.close());
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { readonly port: number };
  t.deepEqual(await inBash(shell, "flag", "toggle", "--url", `http://127.0.0.1:${port}`, ""), [""]);
});

test("fish completes commands, options and what a daemon serves", async (t) => {
  t.timeout(120_000);
  if (skipUnless(t, await missing("fish"))) return;
  const [shell, url] = [await place(t, "fish"), await daemon(t)];
  t.deepEqual(await inFish(shell, "fl"), ["flag"]);
  t.true((await inFish(shell, "flag ")).includes("toggle"));
  t.deepEqual(await inFish(shell, "flag set x --perc"), ["--percentage"]);
  t.deepEqual(await inFish(shell, "validate one"), ["one.yaml"]);
  t.deepEqual(await inFish(shell, `flag toggle --url ${url} ban`), ["banner"]);
});

test("zsh completes commands, and what a daemon serves", async (t) => {
  t.timeout(120_000);
  if (skipUnless(t, await missing("zsh"))) return;
  const [shell, url] = [await place(t, "zsh"), await daemon(t)];
  t.regex(await inZsh(shell, "flag togg", "toggle"), /flag toggle/);
  t.regex(await inZsh(shell, `flag toggle --url ${url} bann`, "banner"), /banner/);
});
