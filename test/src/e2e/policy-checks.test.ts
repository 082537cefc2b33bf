import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { GIT_ENV } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const PATH = "access/policies.yaml";
const policies = (action: string, token = "ci"): string =>
  `roles: { reader: [{ actions: [${action}] }] }\nbindings: [{ role: reader, match: { token: ${token} } }]\n`;

interface Outcome {
  readonly code: number;
  readonly out: string;
}

async function vexil(cwd: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [VEXIL, ...args], { cwd, env: { ...GIT_ENV } }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out: `${stdout}${stderr}` });
    });
  });
}

async function configFile(t: ExecutionContext, remote: string): Promise<string> {
  const file = join(await temporaryDirectory(t), "vexil.json");
  const config = {
    version: "2.0",
    storage: { main: { remote } },
    environments: { default: { storage: "main", default: true } },
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "canary" } } } } },
    },
    authorization: { required: true, storage: "main", path: PATH },
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

test("vexil doctor reads the policies that a storage holds", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const file = await configFile(t, repository.path);
  const doctor = (): Promise<Outcome> => vexil("/", "doctor", "--config", file);
  const missing = await doctor();
  t.is(missing.code, 1);
  t.regex(missing.out, /FAIL policies there is no access\/policies\.yaml/);
  await repository.commit({ [PATH]: policies("raed") });
  const faulty = await doctor();
  t.is(faulty.code, 1);
  t.regex(
    faulty.out,
    /FAIL policies access\/policies\.yaml: line 1, column 30: roles\.reader\.0\.actions: unknown action "raed"/,
  );
  await repository.commit({ [PATH]: policies("read", "nobody") });
  const doubtful = await doctor();
  t.is(doubtful.code, 0, doubtful.out);
  t.regex(doubtful.out, /ok {3}policies access\/policies\.yaml\n.*warning: .*no static token is called "nobody"/);
  t.false(`${missing.out}${faulty.out}${doubtful.out}`.includes("canary"));
});

test("vexil validate reads the policies where the configuration or an option names them", async (t) => {
  const root = await temporaryDirectory(t);
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  for (const [path, text] of Object.entries(EXAMPLE_FILES)) await write(path, text);
  const file = await configFile(t, root);
  const validate = (...args: readonly string[]): Promise<Outcome> => vexil(root, "validate", ...args);
  t.deepEqual((await validate(".")).code, 0, "without a configuration there are none");
  const missing = await validate("--config", file, ".");
  t.is(missing.code, 1);
  t.regex(missing.out, /there is no access\/policies\.yaml/);

  await write(PATH, policies("raed"));
  const faulty = await validate("--config", file, ".");
  t.is(faulty.code, 1);
  t.regex(faulty.out, /^access\/policies\.yaml:1:30: roles\.reader\.0\.actions: unknown action "raed"/m);
  const below = await validate("--config", file, "--format", "json", "default");
  t.regex(below.out, /"rule": "policies"/);

  await write(PATH, policies("read", "nobody"));
  const doubtful = await validate("--config", file, ".");
  t.is(doubtful.code, 0, doubtful.out);
  t.regex(doubtful.out, /warning: .*no static token is called "nobody"/);
  t.is((await validate("--config", file, "--strict", ".")).code, 1);
  await write("other.yaml", policies("fly"));
  const other = await validate("--config", file, "--policies", "other.yaml", ".");
  t.regex(other.out, /^other\.yaml:1:30: .*unknown action "fly"/m);
  t.false(`${faulty.out}${doubtful.out}${other.out}`.includes("canary"));
});
