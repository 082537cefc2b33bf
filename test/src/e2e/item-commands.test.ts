import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { parse } from "yaml";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function vexil(args: readonly string[], input?: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [VEXIL, ...args],
      { env: { PATH: process.env.PATH, HOME: "/nonexistent" } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

async function start(t: ExecutionContext) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const url = daemon.url();
  const file = async (path = "default/features.yaml") => parse(await repository.read(path));
  const flag = async (key: string) => (await file()).flags.find((one: { readonly key: string }) => one.key === key);
  const done = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await vexil([...args, "--url", url]);
    t.is(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const refused = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await vexil([...args, "--url", url]);
    t.deepEqual([code, stdout], [1, ""], `${args.join(" ")}: ${stderr}`);
    return stderr;
  };
  return { repository, url, file, flag, done, refused };
}

test("flags are made, changed and deleted, and each command ends in a commit of the bare repository", async (t) => {
  t.timeout(120_000);
  const { repository, flag, done, refused } = await start(t);
  t.regex(await done("flag", "list"), /^KEY +TYPE +ENABLED +NAME\n(.*\n)*banner +boolean +on +Banner\n$/);

  const made = await done("flag", "create", "till", "--description", "New", "--metadata", "owner=ada");
  t.is(made, `till was made\ncommit ${await repository.head()}\n`);
  t.is(await repository.git("log", "-1", "--format=%s", "main"), "create flag default/till");
  t.like(await flag("till"), { description: "New", enabled: false, metadata: { owner: "ada" } });
  t.regex(
    await refused("flag", "create", "till"),
    /Error: the flag default\/till exists already; nothing was written: change it with "vexil flag set till"\n$/,
  );

  t.regex(await done("flag", "toggle", "till"), /^till is on\n/);
  t.true((await flag("till")).enabled);
  t.is(await done("flag", "toggle", "till", "--on"), "till is on already\n");
  t.regex(await refused("flag", "set", "till", "--percentage", "25"), /give --disabled, too/);
  const json = await done("flag", "set", "till", "--disabled", "--percentage", "25", "--json");
  t.is(JSON.parse(json).revision, await repository.head());
  t.deepEqual((await flag("till")).rollouts, [{ threshold: { percentage: 25, value: true } }]);
  t.regex(await done("flag", "list"), /\ntill +boolean +off, 1 rollout +till\n/);
  await done("flag", "set", "till", "--percentage", "50");
  t.deepEqual((await flag("till")).rollouts, [{ threshold: { percentage: 50, value: true } }]);

  // Decided on a state that is gone.
  const old = (await repository.head()) ?? "";
  await done("flag", "set", "till", "--name", "Till");
  t.regex(
    await refused("flag", "toggle", "till", "--revision", old),
    /nothing was written: look at what is there now \("vexil flag show till"\), and run the command again/,
  );

  // Without a terminal nobody is waited for.
  t.regex(await refused("flag", "delete", "till"), /nobody can be asked here, so give --yes/);
  await done("flag", "delete", "till", "--yes");
  t.is(await flag("till"), undefined);
  t.regex(await refused("flag", "show", "till"), /there is no flag default\/till; "vexil flag list"/);
});

test("variants, attachments, rules and rollouts are set by options and by files, and show gives what set takes", async (t) => {
  t.timeout(120_000);
  const { repository, url, flag, file, done, refused } = await start(t);
  const directory = await temporaryDirectory(t);
  const attachment = join(directory, "dark.json");
  await writeFile(attachment, '{"hex":"#000"}');
  await done(
    "segment",
    "create",
    "early",
    "--constraint",
    'string plan isoneof ["beta"]',
    "--constraint",
    "number age gte 18",
  );
  const segment = (await file()).segments.find(({ key }: { readonly key: string }) => key === "early");
  const [plan, age] = segment.constraints;
  t.like(plan, { type: "STRING_COMPARISON_TYPE", property: "plan", operator: "isoneof", value: ["beta"] });
  t.like(age, { type: "NUMBER_COMPARISON_TYPE", property: "age", operator: "gte" });
  await done(
    ...["flag", "create", "colour", "--variant", "dark", "--variant", "light", "--default-variant", "light"],
    ...["--attachment", `dark=@${attachment}`, "--attachment", 'light={"hex":"#fff"}'],
  );
  t.deepEqual((await flag("colour")).variants, [
    { key: "dark", name: "dark", attachment: { hex: "#000" } },
    { key: "light", name: "light", attachment: { hex: "#fff" }, default: true },
  ]);

  const rules = join(directory, "colour.yaml");
  await writeFile(rules, "rules:\n  - segment: early\n    distributions:\n      - { variant: dark, rollout: 100 }\n");
  await done("flag", "set", "colour", "--enabled", "--file", rules);
  const withRules = await flag("colour");
  t.is(withRules.rules.length, 1);
  t.is(withRules.variants.length, 2, "what the file does not name stays");

  // What show prints is taken again, and changes nothing.
  const shown = await done("flag", "show", "colour");
  const before = await repository.read("default/features.yaml");
  const again = await vexil(["flag", "set", "colour", "--file", "-", "--url", url], shown);
  t.is(again.code, 0, again.stderr);
  t.is(await repository.read("default/features.yaml"), before);
  t.is(JSON.parse(await done("flag", "show", "colour", "--json")).defaultVariant, "light");

  await writeFile(rules, "rules:\n  - segmnt: early\n");
  t.regex(await refused("flag", "set", "colour", "--file", rules), /colour\.yaml: rules\.0\.segmnt: field not allowed/);
  await writeFile(rules, "key: other\n");
  t.regex(await refused("flag", "set", "colour", "--file", rules), /it is the flag "other", and not "colour"/);
  t.regex(await refused("flag", "set", "colour", "--attachment", "dark={"), /the attachment of dark is no JSON/);
  t.regex(
    await refused("flag", "set", "colour", "--default-variant", "grey"),
    /there is no variant grey \(there are dark, light\)/,
  );
  t.regex(await refused("segment", "set", "early", "--constraint", "text plan eq x"), /type one of string, number/);
  t.regex(await refused("segment", "delete", "early", "--yes"), /early/);
});

test("namespaces are made, named and deleted", async (t) => {
  t.timeout(120_000);
  const { repository, done, refused } = await start(t);
  await done("namespace", "create", "pay", "--name", "Payments");
  t.regex(
    await refused("namespace", "create", "pay"),
    /the namespace pay exists already; .* "vexil namespace set pay"/,
  );
  await done("namespace", "set", "pay", "--description", "Cards and so on", "-m", "Say what is paid");
  t.is(await repository.git("log", "-1", "--format=%s", "main"), "Say what is paid");
  t.regex(await done("namespace", "list"), /\npay +Payments +Cards and so on\n/);
  t.is(JSON.parse(await done("namespace", "show", "pay", "--json")).name, "Payments");
  await done("flag", "create", "iban", "-n", "pay");
  t.regex(await repository.read("pay/features.yaml"), /iban/);
  t.regex(await refused("namespace", "delete", "pay"), /give --yes/);
  await done("flag", "delete", "iban", "-n", "pay", "--yes", "--message", "No IBAN any more");
  t.is(await repository.git("log", "-1", "--format=%s", "main"), "No IBAN any more");
  await done("namespace", "delete", "pay", "--yes");
  t.is(await repository.git("log", "-1", "--format=%s", "main"), "delete namespace pay");
  t.regex(await refused("namespace", "show", "pay"), /there is no namespace pay/);
});

test("with --local a write is a commit of a clone's user, and the work tree follows", async (t) => {
  t.timeout(120_000);
  const repository = await temporaryRepository(t, {
    files: { "production/default/features.yaml": EXAMPLE_FILES["default/features.yaml"] ?? "" },
  });
  const clone = await repository.clone();
  await nativeGit(["-C", clone, "config", "user.name", "Grace"]);
  await nativeGit(["-C", clone, "config", "user.email", "grace@example.com"]);
  const directory = join(clone, "production");
  const { code, stdout, stderr } = await vexil(["flag", "toggle", "banner", "--off", "--local", directory]);
  t.is(code, 0, stderr);
  const head = await nativeGit(["-C", clone, "log", "-1", "--format=%H %an <%ae> %s%n%b"]);
  const commit = stdout.split("\n")[1]?.replace("commit ", "");
  t.is(head.trim(), `${commit} Grace <grace@example.com> update flag default/banner`);
  t.is(await nativeGit(["-C", clone, "status", "--porcelain"]), "");
  const list = await vexil(["flag", "list", "--local", directory, "--json"]);
  t.false(JSON.parse(list.stdout).find(({ key }: { readonly key: string }) => key === "banner").enabled);

  const nowhere = await vexil(["flag", "list", "--local", await temporaryDirectory(t)]);
  t.deepEqual([nowhere.code, nowhere.stdout], [1, ""]);
  t.regex(nowhere.stderr, /is in no git repository: --local takes a directory of a clone/);
  // Of a write it is said where it goes, of a read nothing.
  const help = async (...command: readonly string[]): Promise<string> =>
    (await vexil([...command, "--help"])).stdout.replaceAll(/\s+/g, " ");
  for (const read of [["flag", "list"], ["export"]]) t.notRegex(await help(...read), /a write is a commit on/);
  t.regex(await help("flag", "toggle"), /without any daemon; a write is a commit on the branch/);
  await nativeGit(["-C", clone, "checkout", "-q", "--detach"]);
  t.regex((await vexil(["flag", "list", "--local", directory])).stderr, /no branch is checked out/);
});

test("without a daemon the commands end with 2, and options that do not go together are refused", async (t) => {
  const [gone, both, percentage] = await Promise.all([
    vexil(["flag", "list", "--url", "http://127.0.0.1:1"]),
    vexil(["flag", "toggle", "x", "--on", "--off"]),
    vexil(["flag", "set", "x", "--percentage", "101"]),
  ]);
  t.is(gone.code, 2, gone.stderr);
  t.regex(both.stderr, /cannot be used with option/);
  t.regex(percentage.stderr, /write a number from 0 to 100/);
});

test("a new token is printed alone, and its configuration is one that a daemon takes", async (t) => {
  const { code, stdout, stderr } = await vexil(["token", "new", "--name", "ci"]);
  t.is(code, 0, stderr);
  t.regex(stdout, /^[\w-]{43}\n$/);
  const lines = stderr.slice(stderr.indexOf("authentication:"), stderr.indexOf("\nCallers"));
  const file = join(await temporaryDirectory(t), "vexil.yaml");
  await writeFile(file, `version: "2.0"\n${lines}`);
  const child = spawn(process.execPath, [VEXIL, "config", "--config", file], {
    env: { PATH: process.env.PATH, CI_TOKEN: stdout.trim() },
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += String(chunk)));
  t.deepEqual(await once(child, "close"), [0, null], printed);
  t.false(printed.includes(stdout.trim()));
});
