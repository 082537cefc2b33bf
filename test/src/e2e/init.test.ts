import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { runDaemon } from "../helpers/daemon/daemon.js";
import { type Ended, shellWithVexil } from "../helpers/daemon/shell-with-vexil.js";
import { ROOT, textOf } from "../helpers/files/manual.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

/** A folder for a new flag repository, and the shell in it. */
async function workplace(t: ExecutionContext) {
  const { folder, env, shell: run } = await shellWithVexil(t);
  const flags = join(folder, "flags");
  const shell: typeof run = (command, cwd = flags, more = {}) => run(command, cwd, more);
  const begin = async (...args: readonly string[]): Promise<Ended> =>
    shell(`vexil init --yes ${args.join(" ")} flags`, folder);
  /** Makes the sample faulty in its ninth line. */
  const spoil = async (): Promise<void> => {
    const file = join(flags, "default/features.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("enabled: false", "enabled: maybe"));
  };
  return { folder, flags, env, shell, begin, spoil };
}

const FAULT = /^::error file=default\/features\.yaml,line=10,col=\d+,title=vexil schema::.*enabled/m;

test("a flag repository is begun that passes its own checks and is served as it is", async (t) => {
  t.timeout(180_000);
  const { flags, folder, shell, begin } = await workplace(t);
  const { code, text } = await begin();
  t.is(code, 0, text);
  t.regex(text, /made vexil\.yaml[\s\S]*committed [0-9a-f]{7,} on main[\s\S]*Next:\n {2}cd flags\n/);
  t.is(await nativeGit(["status", "--porcelain"], { cwd: flags }), "");
  t.is((await shell("vexil validate . && vexil test .")).code, 0);

  // Each file has the schema that its first line names, and is one that the schema takes.
  for (const path of ["vexil.yaml", "default/features.yaml", "default/features.test.yaml"]) {
    const content = await readFile(join(flags, path), "utf8");
    const [, schema = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(content) ?? [];
    const isValid = new Ajv2020({ strict: false }).compile(
      JSON.parse(await readFile(join(flags, path, "..", schema), "utf8")),
    );
    t.true(isValid(parse(content)), `${path}: ${JSON.stringify(isValid.errors)}`);
  }

  const daemon = await runDaemon(t, ["serve"], {
    cwd: flags,
    env: { VEXIL_SERVER_HTTP_PORT: "0", VEXIL_LOG_ENCODING: "json" },
  });
  const answer = await daemon.post("/evaluate/v1/boolean", {
    flagKey: "dark-mode",
    entityId: "ada",
    context: { plan: "beta" },
  });
  t.is(answer.body.enabled, true);
  await daemon.stop();

  // What is there stays, whatever it is.
  await writeFile(join(flags, "vexil.yaml"), "mine\n");
  await rm(join(flags, ".githooks"), { recursive: true });
  const again = await shell("vexil init --yes flags", folder);
  t.is(again.code, 0, again.text);
  t.regex(again.text, /kept vexil\.yaml, which was there already/);
  t.is(await readFile(join(flags, "vexil.yaml"), "utf8"), "mine\n");
  t.regex(again.text, /made \.githooks\/pre-commit[\s\S]*git config core\.hooksPath/);
  t.is((await nativeGit(["rev-list", "--count", "HEAD"], { cwd: flags })).trim(), "1", "nothing is committed there");

  // A repository that has flags of its own gets no others.
  await shell("git mv default shop && git commit --quiet --message moved");
  const moved = await shell("vexil init --yes flags", folder);
  t.is(moved.code, 0, moved.text);
  t.notRegex(moved.text, /made|dark-mode/);
});

test("the hook refuses a commit by what is staged, and lets another one through", async (t) => {
  t.timeout(180_000);
  const { flags, shell, begin, spoil } = await workplace(t);
  await begin("--no-workflow");
  await spoil();
  const refused = await shell("git commit --quiet --all --message faulty");
  t.not(refused.code, 0);
  t.regex(refused.text, /default\/features\.yaml:10:\d+: .*enabled/);
  // The fault is in the work tree alone.
  await shell("git add --all && git stash --quiet && printf 'more\\n' > README.md && git add README.md");
  await spoil();
  const staged = await shell("git commit --quiet --message 'A word about it'");
  t.is(staged.code, 0, staged.text);
  await shell("git checkout --quiet default && sed -i 's/percentage: 50/percentage: 60/' default/features.yaml");
  const failing = await shell("git commit --quiet --all --message more");
  t.not(failing.code, 0);
  t.regex(failing.text, /not ok \d+ - .*half of the others have it/);
  t.is((await nativeGit(["rev-list", "--count", "HEAD"], { cwd: flags })).trim(), "2");
});

test("the workflow, the action and the hooks of pre-commit find a fault, and tell what a change does", async (t) => {
  t.timeout(240_000);
  const { flags, shell, begin, spoil } = await workplace(t);
  await begin("--no-hook");
  // As a pull request is checked out: its commits on top of the branch that it goes to.
  await shell("git update-ref refs/remotes/origin/main main && git checkout --quiet -b change");
  await shell("sed -i 's/percentage: 50/percentage: 75/' default/features.yaml");
  await shell("sed -i 's/from: 50, to: 50/from: 75, to: 75/' default/features.test.yaml");

  const workflow = parse(await readFile(join(flags, ".github/workflows/flags.yml"), "utf8"));
  const runs: readonly string[] = workflow.jobs.check.steps.flatMap(({ run }: { run?: string }) => run ?? []);
  t.regex(runs[0] ?? "", /^npm install --global --ignore-scripts vexil@\d+\.\d+\.\d+$/);
  const summary = join(flags, ".git", "summary");
  const pullRequest = { GITHUB_BASE_REF: "main", GITHUB_STEP_SUMMARY: summary };
  const job = async (): Promise<Ended> => shell(runs.slice(1).join("\n"), flags, pullRequest);
  const passed = await job();
  t.is(passed.code, 0, passed.text);
  t.regex(await readFile(summary, "utf8"), /dark-mode[\s\S]*25\.0 %/);

  const folder = join(ROOT, "daemon/action");
  const action = parse(await readFile(join(folder, "action.yml"), "utf8"));
  t.is(action.inputs.vexil.default, "npx --yes vexil");
  const [step] = action.runs.steps;
  /** Runs the action's step, its inputs being put in as the runner does. */
  const act = async (inputs: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const given = { vexil: "vexil", ...inputs };
    const env = Object.entries(step.env as Record<string, string>).map(([name, value]) => {
      const [, input = ""] = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value) ?? [];
      return [name, given[input as "vexil"] ?? String(action.inputs[input].default)];
    });
    await rm(summary, { force: true });
    return shell(step.run, flags, { ...pullRequest, GITHUB_ACTION_PATH: folder, ...Object.fromEntries(env) });
  };
  const fine = await act();
  t.is(fine.code, 0, fine.text);
  t.regex(await readFile(summary, "utf8"), /dark-mode[\s\S]*25\.0 %/);
  const above = await act({ "fail-above": "10%" });
  t.is(above.code, 1);
  t.regex(above.text, /^::error title=vexil diff::\.: a flag answers more than 10% otherwise$/m);
  t.is((await act({ base: "nowhere" })).code, 1);

  const hooks = parse(await readFile(join(ROOT, ".pre-commit-hooks.yaml"), "utf8"));
  const hooked = async (): Promise<readonly Ended[]> =>
    Promise.all(hooks.map(({ entry, args }: { entry: string; args: string[] }) => shell([entry, ...args].join(" "))));
  t.deepEqual(
    (await hooked()).map(({ code }) => code),
    [0, 0],
  );

  await shell("sed -i 's/from: 75, to: 75/from: 1, to: 2/' default/features.test.yaml");
  const failing = await act();
  t.is(failing.code, 1);
  t.regex(failing.text, /^::error file=default\/features\.test\.yaml,line=\d+,col=\d+,title=.*half of the others/m);

  await spoil();
  for (const { code, text } of [await job(), await act()]) {
    t.not(code, 0);
    t.regex(text, FAULT);
  }
  t.true((await hooked()).every(({ code }) => code !== 0));
});

test("a remote and its backend come into the configuration, and what cannot be is refused before anything is made", async (t) => {
  const { folder, flags, shell, begin } = await workplace(t);
  const remote = "https://git.example.com/acme/flags.git";
  for (const [args, reason] of [
    ["--backend redis", /--backend redis holds a copy of what a remote has/],
    ["--remote https://bot:hunter2@git.example.com/f.git", /--remote has a user or password/],
    ["--remote https://ghp_hunter2@git.example.com/f.git", /--remote has a user or password/],
  ] as const) {
    const { code, text } = await begin(args);
    t.is(code, 1);
    t.regex(text, reason);
    t.notRegex(text, /hunter2/);
    t.is((await shell("ls flags 2>/dev/null || true", folder)).text.trim(), "", args);
  }
  const { code, text } = await begin("--remote", remote, "--backend postgres", "--no-hook", "--no-workflow");
  t.is(code, 0, text);
  t.regex(text, /git push --set-upstream origin main/);
  t.is((await nativeGit(["remote", "get-url", "origin"], { cwd: flags })).trim(), remote);
  t.deepEqual(parse(await readFile(join(flags, "vexil.yaml"), "utf8")), {
    storage: { default: { remote, backend: { type: "postgres", url: "${env:DATABASE_URL}" } } },
    server: { host: "127.0.0.1" },
  });
  t.is((await shell("ls -a")).text.includes(".githooks"), false);
  const config = await shell("DATABASE_URL=postgres://localhost/x vexil config");
  t.is(config.code, 0, config.text);
  const within = await shell("vexil init --yes flags/default", folder);
  t.is(within.code, 1);
  t.regex(within.text, /flags\/default lies in the repository .*flags: name that, or a folder outside of it/);
  const below = await shell("vexil init --yes flags/a/b", folder);
  t.is(below.code, 1);
  t.regex(below.text, /flags\/a\/b lies in the repository/);
  t.is((await shell("ls -d a 2>/dev/null || true")).text, "", "no folder is left behind");
});

/**
 * Answers what `vexil init --no-hook flags` asks on a terminal.
 * @returns exit code, all that was shown, and how many questions there were
 */
async function answering(
  t: ExecutionContext,
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
  answers: readonly (readonly [question: RegExp, answer: string])[],
) {
  const terminal = spawn("script", ["--quiet", "--return", "--command", "vexil init --no-hook flags", "/dev/null"], {
    cwd: folder,
    env,
  });
  t.teardown(() => terminal.kill("SIGKILL"));
  let text = "";
  let asked = 0;
  terminal.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const [question, answer] = answers[asked] ?? [];
    if (question === undefined || !question.test(text)) return;
    asked += 1;
    terminal.stdin.write(answer);
  });
  const code = await new Promise((resolve) => terminal.once("close", resolve));
  return { code, text, asked };
}

const REMOTE = /this folder is served\): /;

test("what the user has git ignore everywhere is in the first commit all the same", async (t) => {
  const { folder, flags, begin } = await workplace(t);
  await mkdir(join(folder, ".config/git"), { recursive: true });
  await writeFile(join(folder, ".config/git/ignore"), ".schemas\n");
  const { code, text } = await begin();
  t.is(code, 0, text);
  t.regex(text, /committed [0-9a-f]{7,} on main/);
  t.true((await nativeGit(["ls-files"], { cwd: flags })).includes(".schemas/features.schema.json"));
});

test("on a terminal it asks for what no option says", async (t) => {
  const { flags, ...place } = await workplace(t);
  const { code, text, asked } = await answering(t, place, [
    [REMOTE, "/srv/flags.git\n"],
    [/\[memory\] /, "local\n"],
    [/pull requests\? \[Y\/n\] /, "n\n"],
  ]);
  t.is(code, 0, text);
  t.is(asked, 3, text);
  t.notRegex(text, /checks commits/);
  const { storage } = parse(await readFile(join(flags, "vexil.yaml"), "utf8"));
  t.deepEqual(storage.default, { remote: "/srv/flags.git", backend: { type: "local", path: ".vexil/store" } });
});

test("questions that are broken off make nothing, and the command says so", async (t) => {
  const { flags, ...place } = await workplace(t);
  for (const key of ["\x03", "\x04"]) {
    const { code, text } = await answering(t, place, [
      [REMOTE, "/srv/flags.git\n"],
      [/\[memory\] /, key],
    ]);
    t.is(code, 1, text);
    t.regex(text, /\nError: the questions were broken off; nothing was made: answer them, or give --yes/);
    await t.throwsAsync(readdir(flags), { code: "ENOENT" });
  }
});

test("where git does not know whose commits it makes, what to do is told, and nothing else is lost", async (t) => {
  const { folder, shell } = await workplace(t);
  const nobody =
    "env -u GIT_AUTHOR_NAME -u GIT_AUTHOR_EMAIL -u GIT_COMMITTER_NAME -u GIT_COMMITTER_EMAIL HOME=/nonexistent " +
    "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.useConfigOnly GIT_CONFIG_VALUE_0=true";
  const { code, text } = await shell(`${nobody} vexil init --yes flags`, folder);
  t.is(code, 0, text);
  t.regex(text, /^committed nothing: .*; tell git who you are: git config --global user\.name/m);
  t.regex(text, /^ {2}git add --all && git commit$/m);
  // As long as there is none, also when nothing is left to make.
  const again = await shell("vexil init --yes flags", folder);
  t.regex(again.text, /^ {2}git add --all && git commit$/m);
  t.is((await shell("git add --all && git commit -qm 'Begin'")).code, 0);
  t.notRegex((await shell("vexil init --yes flags", folder)).text, /git commit$/m);
});

test("the README's own flags are begun beside the clone, and served from there", async (t) => {
  const { folder, shell } = await workplace(t);
  const clone = join(folder, "vexil");
  await nativeGit(["init", "--quiet", clone], { cwd: folder });
  // What npx finds in a clone, without npm's own start.
  const npx = `#!/bin/sh\n[ "$1" = --prefix ] && { [ "$2" = "${clone}" ] || exit 9; shift 2; }\nexec "$@"\n`;
  await writeFile(join(folder, "bin/npx"), npx, { mode: 0o755 });
  const [, section = ""] = /^## Your own flags\n([\s\S]*?)^One that you have/m.exec(textOf("README.md")) ?? [];
  const [, begin = ""] = /`(npx vexil init [^`]+)`/.exec(section) ?? [];
  const { code, text } = await shell(begin, clone);
  t.is(code, 0, text);
  t.is(await nativeGit(["status", "--porcelain"], { cwd: clone }), "");
  const [, serve = ""] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  t.regex(serve, /vexil serve\n$/);
  const looked = await shell(serve.replace("vexil serve", "vexil doctor"), clone);
  t.is(looked.code, 0, looked.text);
  t.true(looked.text.includes(join(folder, "flags belongs")), looked.text);
});

test("the README's smallest configuration has four lines, and serves a remote", async (t) => {
  const [, block = ""] = /^## Your own flags\n[\s\S]*?```yaml\n([\s\S]*?)```/m.exec(textOf("README.md")) ?? [];
  t.is(block.trimEnd().split("\n").length, 4);
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const cwd = await temporaryDirectory(t);
  await writeFile(join(cwd, "vexil.yaml"), block.replace(/remote: .*/, `remote: ${remote.path}`));
  const env = { VEXIL_SERVER_HTTP_PORT: "0", VEXIL_LOG_ENCODING: "json" };
  const daemon = await runDaemon(t, ["serve", "--config", "vexil.yaml"], { cwd, env });
  const answer = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(answer.body.enabled, true);
});
