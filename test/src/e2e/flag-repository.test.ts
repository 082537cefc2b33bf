import { cpSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { type Json, startDaemon } from "../helpers/daemon/daemon.js";
import { type Ended, shellWithVexil } from "../helpers/daemon/shell-with-vexil.js";
import { ROOT } from "../helpers/files/manual.js";
import { nativeGit } from "../helpers/repositories/native-git.js";

const EXAMPLE = join(ROOT, "daemon/examples/flag-repository");
const FLAGS = "production/default/features.yaml";

/** A clone of the example, and its checks as the forges would run them on what is there. */
async function clone(t: ExecutionContext) {
  const { folder, shell } = await shellWithVexil(t);
  const flags = join(folder, "flags");
  cpSync(EXAMPLE, flags, { recursive: true });
  await shell("git init --quiet -b main && git add --all && git commit --quiet --message 'Our flags'", flags);
  const read = async (path: string): Promise<Json> => parse(await readFile(join(flags, path), "utf8"));
  const onGithub = async (): Promise<Ended & { readonly summary: string }> => {
    const { steps } = (await read(".github/workflows/flags.yml")).jobs.check;
    const inputs = steps.find(({ uses = "" }: Json) => uses.includes("/daemon/action")).with;
    const summary = join(folder, "summary");
    await writeFile(summary, "");
    const ended = await shell(`bash ${join(ROOT, "daemon/action/check.sh")}`, flags, {
      DIRECTORIES: inputs.directories,
      BASE: "main",
      FAIL_ABOVE: inputs["fail-above"],
      VEXIL: "vexil",
      GITHUB_STEP_SUMMARY: summary,
    });
    return { ...ended, summary: await readFile(summary, "utf8") };
  };
  const onGitlab = async (): Promise<Ended & { readonly report: string }> => {
    const { script, artifacts } = (await read(".gitlab-ci.yml")).flags;
    const head = (await nativeGit(["rev-parse", "main"], { cwd: flags })).trim();
    const ended = await shell(script.join("\n"), flags, { CI_MERGE_REQUEST_DIFF_BASE_SHA: head });
    return { ...ended, report: await readFile(join(flags, artifacts.reports.junit), "utf8") };
  };
  const edit = async (from: string, to: string, path = FLAGS): Promise<void> => {
    const text = await readFile(join(flags, path), "utf8");
    await writeFile(join(flags, path), text.replace(from, to));
  };
  return { flags, shell, read, edit, onGithub, onGitlab };
}

test("a change that tests and bounds allow passes the example's checks, and says whom it is about", async (t) => {
  t.timeout(180_000);
  const { edit, onGithub, onGitlab } = await clone(t);
  await edit("percentage: 10", "percentage: 15");
  const github = await onGithub();
  t.is(github.code, 0, github.text);
  t.regex(github.summary, /new-checkout[\s\S]*buckets 10 to 14 of 100/);
  const gitlab = await onGitlab();
  t.is(gitlab.code, 0, gitlab.text);
  t.regex(gitlab.report, /tests="2" failures="0"/);
});

test("a change that its test forbids, and one that is about too many, fail the example's checks", async (t) => {
  t.timeout(180_000);
  const { edit, onGithub, onGitlab } = await clone(t);
  await edit("percentage: 10", "percentage: 30");
  const github = await onGithub();
  t.is(github.code, 1, github.text);
  t.regex(github.text, /^::error file=production\/default\/features\.test\.yaml,line=8\b/m);
  const gitlab = await onGitlab();
  t.is(gitlab.code, 1, gitlab.text);
  t.regex(gitlab.report, /failures="1"/);

  // In staging no test is against it.
  await edit("percentage: 30", "percentage: 10");
  await edit("enabled: true", "enabled: false", "staging/default/features.yaml");
  const turned = await onGithub();
  t.is(turned.code, 1, turned.text);
  t.regex(turned.text, /::error title=vexil diff::staging: a flag answers more than 15% otherwise/);
});

test("the example's daemon serves both environments, and production only while its tests pass", async (t) => {
  t.timeout(180_000);
  const { flags, read, edit, shell } = await clone(t);
  const { storage, environments } = await read("vexil.yaml");
  const served = { flags: { ...storage.flags, remote: flags, poll_interval: "1s", credentials: undefined } };
  const daemon = await startDaemon(t, { config: { storage: served, environments } });
  const share = async (environmentKey: string): Promise<number> => {
    const requests = Array.from({ length: 200 }, (_, index) => ({
      flagKey: "new-checkout",
      entityId: `u${index}`,
      environmentKey,
    }));
    const { body } = await daemon.post("/evaluate/v1/batch", { requests });
    return body.responses.filter(({ booleanResponse }: Json) => booleanResponse.enabled).length;
  };
  const tenth = await share("production");
  t.true(tenth > 0 && tenth < 60, String(tenth));
  t.is(await share("staging"), 200);
  await edit("percentage: 10", "percentage: 90");
  await shell("git commit --quiet --all --message 'All of them'", flags);
  await daemon.line(({ event }) => event === "tests.failed");
  t.is(await share("production"), tenth);
});
