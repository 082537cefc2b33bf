import { spawnSync } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { configFixture } from "../../helpers/files/config-fixture.js";
import { skipUnless } from "../../helpers/runner/skip-unless.js";

test("without any configuration one memory storage is served on 127.0.0.1", async (t) => {
  const { load, directory } = await configFixture(t);
  const config = await load();
  t.is(config.file, undefined);
  t.is(config.directory, directory);
  t.deepEqual(
    [...config.storages.values()].map(({ id, backend, branch, remote }) => ({ id, backend, branch, remote })),
    [{ id: "default", backend: { type: "memory", settings: {} }, branch: "main", remote: undefined }],
  );
  t.deepEqual(
    [...config.environments.values()],
    [
      {
        id: "default",
        name: "default",
        storage: "default",
        directory: "",
        default: true,
        maxBranches: 500,
        tests: "warn",
      },
    ],
  );
  t.is(config.server.host, "127.0.0.1");
  t.is(config.server.port, 8080);
  t.deepEqual(config.warnings, []);
});

test("with a file the server listens everywhere, as the compatible system does; an empty one is a file", async (t) => {
  const { load } = await configFixture(t);
  t.is((await load({ yaml: "" })).server.host, "0.0.0.0");
});

const YAML = "server: { http_port: 1234 }\n";
const FORMATS = [
  ["vexil.yaml", YAML],
  ["vexil.yml", YAML],
  ["vexil.json", '{"server":{"http_port":1234}}'],
  ["vexil.toml", "[server]\nhttp_port = 1234\n"],
  [".vexilrc", YAML],
  ["package.json", '{"name":"x","vexil":{"server":{"http_port":1234}}}'],
  ["home/.config/vexil/config.yaml", YAML],
  ["home/.config/vexil/vexil.toml", "[server]\nhttp_port = 1234\n"],
  ["home/.config/flipt/config.yml", YAML],
] as const;

test("every place is looked at, and every format is read", async (t) => {
  for (const [name, text] of FORMATS) {
    const { load, write } = await configFixture(t);
    const file = await write(name, text);
    const config = await load();
    t.is(config.file, file);
    t.is(config.server.port, 1234, name);
  }
});

test("places come in order: working directory, the user's directory, the compatible system's", async (t) => {
  const { load, write, directory } = await configFixture(t);
  const xdg = join(directory, "xdg");
  const env = { XDG_CONFIG_HOME: xdg };
  await write("package.json", '{"name":"no configuration in here"}');
  await write("xdg/flipt/config.yml", "server: { http_port: 3 }");
  t.is((await load({ env })).server.port, 3);
  await write("xdg/vexil/config.yml", "server: { http_port: 2 }");
  t.is((await load({ env })).server.port, 2);
  await write("vexil.toml", "[server]\nhttp_port = 1\n");
  t.is((await load({ env })).server.port, 1);
});

test("--config names the file; a missing one, an unknown format and a directory stop the start", async (t) => {
  const { load, failure, write } = await configFixture(t);
  await write("vexil.yaml", "server: { http_port: 1 }");
  await write("other/my.yml", "server: { http_port: 2 }");
  await write("my.txt", "");
  await write("dir.yaml/x", "");
  t.is((await load({ file: "other/my.yml" })).server.port, 2);
  t.regex(await failure({ file: "my.txt" }), /^Unsupported Config Type "txt".*\.yaml/);
  t.regex(await failure({ file: "nope.yaml" }), /nope\.yaml: no such file/);
  t.regex(await failure({ file: "dir.yaml" }), /dir\.yaml/);
});

test("a file that is there and cannot be read is not passed over", async (t) => {
  const { failure, write } = await configFixture(t);
  const file = await write("vexil.yaml", YAML);
  await chmod(file, 0);
  if (skipUnless(t, process.getuid?.() === 0 ? "root reads every file" : undefined)) return;
  t.regex(await failure(), /cannot read .*vexil\.yaml: permission denied/);
});

test("faults of the syntax name file, line and column, in every format", async (t) => {
  const { failure, write } = await configFixture(t);
  const cases = [
    ["a.yaml", "server:\n  host: [1\n", /a\.yaml:\d+:\d+: /],
    ["b.yaml", "server: {}\nserver: {}\n", /b\.yaml:2:1: .*unique/],
    ["c.json", '{"server":\n {"http_port": }}', /c\.json/],
    ["d.toml", "[server]\nhttp_port = \n", /d\.toml:2:\d+: /],
    ["e.yaml", "- a\n- b\n", /e\.yaml: the configuration must be a map/],
    ["f.yaml", "just text", /f\.yaml: the configuration must be a map/],
  ] as const;
  for (const [name, text, expected] of cases) {
    await write(name, text);
    t.regex(await failure({ file: name }), expected, name);
  }
});

test("a fault of the syntax does not repeat what stood there", async (t) => {
  const { failure, write } = await configFixture(t);
  await write("c.json", '{"credentials":{"a":{"access_token":"canary-0815" "x":1}}}');
  await write("c.yaml", 'credentials: { a: { access_token: "canary-0815 } }');
  await write("c.toml", '[credentials.a]\naccess_token = "canary-0815\n');
  for (const file of ["c.json", "c.yaml", "c.toml"]) t.false((await failure({ file })).includes("canary"), file);
});

test("JSON has to be JSON, and $import is no way to load more files", async (t) => {
  const { failure, write } = await configFixture(t);
  await write("a.json", "{server: {}}");
  t.regex(await failure({ file: "a.json" }), /a\.json/);
  await write("other.yaml", YAML);
  await write("b.yaml", "$import: ./other.yaml\n");
  t.regex(await failure({ file: "b.yaml" }), /unknown key \$import \(b\.yaml:1\)/);
});

test("only the first YAML document counts, which is said", async (t) => {
  const { load } = await configFixture(t);
  const config = await load({ yaml: "server: { http_port: 7 }\n---\nserver: { http_port: 8 }\n" });
  t.is(config.server.port, 7);
  t.regex(config.warnings.join(), /only the first of 2 YAML documents/);
});

test("anchors and merge keys work; a bomb of aliases is refused", async (t) => {
  const { load, failure } = await configFixture(t);
  const config = await load({
    yaml: "storage:\n  a: &a { branch: one }\n  b: { <<: *a, read_only: true }\nenvironments: { e: { storage: b } }\n",
  });
  t.is(config.storages.get("b")?.branch, "one");
  const bomb = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
  t.regex(await failure({ yaml: `experimental:\n  a0: &a0 [x]\n  ${bomb.join("\n  ")}\n` }), /alias/i);
});

test("a value that holds itself is refused with its place, however it does", async (t) => {
  const { failure } = await configFixture(t);
  for (const [yaml, line] of [
    ["storage: &a\n  default: *a\n", 2],
    ["server: {}\nstorage:\n  default: &a\n    backend: { type: memory }\n    <<: *a\n", 5],
    ["plugins: &a [ b,\n  [*a] ]\n", 2],
  ] as const) {
    t.regex(await failure({ yaml }), new RegExp(`^\\S*vexil\\.yaml:${line}:\\d+: \\*a stands within the value`), yaml);
  }
});

test("what is no regular file is refused at once, a named pipe too", async (t) => {
  const { directory, failure } = await configFixture(t);
  spawnSync("mkfifo", [join(directory, "pipe.yaml")]);
  t.regex(await failure({ file: "pipe.yaml" }), /^cannot read \S+pipe\.yaml: it is no regular file$/);
  await mkdir(join(directory, "folder.yaml"));
  t.regex(await failure({ file: "folder.yaml" }), /folder\.yaml: it is no regular file$/);
});
