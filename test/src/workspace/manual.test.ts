import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configJsonSchema } from "@vexil/config/json-schema";
import { loadConfig } from "@vexil/config/load-config";
import { casesJsonSchema } from "@vexil/flags/cases/cases-schema";
import { Ajv2020 } from "ajv/dist/2020.js";
import test from "ava";
import { parse, parseAllDocuments } from "yaml";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { brokenLinks, type CodeBlock, codeBlocks, MANUAL, OWN, ROOT, textOf } from "../helpers/files/manual.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { buildOnce } from "../helpers/flags/build-from-files.js";

const BUILT = join(ROOT, "daemon/docs/dist");
const blocks = (...kinds: readonly string[]): readonly CodeBlock[] =>
  MANUAL.flatMap(codeBlocks).filter(({ kind }) => kinds.includes(kind));

test("every page in the manual's folder is in the manual, and every page of it is there", (t) => {
  t.deepEqual(
    OWN.filter((page) => !MANUAL.includes(page)),
    [],
  );
  t.deepEqual(
    MANUAL.filter((page) => !existsSync(join(ROOT, page))),
    [],
  );
  t.true(MANUAL.length > 40);
});

test("every link of the manual leads to a file, and to a heading where it names one", (t) => {
  t.deepEqual(MANUAL.flatMap(brokenLinks), []);
});

test("the built manual has each page, whose links lead on, and nothing that its policy forbids", (t) => {
  const names = readdirSync(BUILT).filter((name) => name.endsWith(".html"));
  t.is(names.length, MANUAL.length);
  const texts = new Map(names.map((name) => [name, readFileSync(join(BUILT, name), "utf8")]));
  const wrong: string[] = [];
  for (const [name, text] of texts) {
    if (/<script|<style|\sstyle=|\son\w+=|javascript:/i.test(text)) wrong.push(`${name} has scripts or styles`);
    for (const [, target = ""] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
      if (/^(?:https?:|data:,$)/.test(target)) continue;
      const [file = "", anchor] = target.split("#");
      const found = file === "" ? text : texts.get(file);
      if (found === undefined ? !existsSync(join(BUILT, file)) : anchor && !found.includes(`id="${anchor}"`)) {
        wrong.push(`${name}: ${target}`);
      }
    }
  }
  t.deepEqual(wrong, []);
});

test("every configuration that the manual shows is loaded without a warning", async (t) => {
  const directory = await temporaryDirectory(t);
  await mkdir(join(directory, "secrets"));
  // Files that examples name lie elsewhere: all that is read of them here is a text.
  const file = join(directory, "secrets", "any");
  await writeFile(file, "a secret of more than thirty-two characters");
  const shown = blocks("yaml").filter(({ place }) => /^(?:daemon\/docs\/|README)/.test(place));
  t.true(shown.length >= 10);
  const env = Object.fromEntries(
    shown.flatMap(({ code }) =>
      [...code.matchAll(/\$\{env:(\w+)\}/g)].map(({ 1: name = "" }) => [name, "a".repeat(40)]),
    ),
  );
  for (const [at, { place, code }] of shown.entries()) {
    const path = join(directory, `vexil-${at}.yaml`);
    const local = code
      .replaceAll(/\/run\/secrets\/[\w-]+|\/etc\/vexil\/[\w.-]+/g, file)
      .replaceAll(/\$\{secret:[^}]+\}/g, "any");
    await writeFile(path, whole(local), { mode: 0o600 });
    await t.notThrowsAsync(async () => {
      const { warnings } = await loadConfig({ file: path, env, cwd: directory });
      t.deepEqual(
        warnings.filter((warning) => !/everybody may read/.test(String(warning))),
        [],
        place,
      );
    }, place);
  }
});

/** A part of a configuration with all that it needs beside it. */
function whole(code: string): string {
  const part = parse(code) as Readonly<Record<string, unknown>>;
  const token = { enabled: true, storage: { tokens: { a: { credential: "secret" } } } };
  const authentication =
    "authorization" in part && !("authentication" in part)
      ? { authentication: { required: true, methods: { token } } }
      : {};
  const environments =
    "storage" in part && !("environments" in part) && !("default" in (part.storage as object))
      ? { environments: { default: { storage: Object.keys(part.storage as object)[0] } } }
      : {};
  return JSON.stringify({ ...part, ...authentication, ...environments });
}

test("every features file that the manual shows is served as it is", async (t) => {
  const shown = blocks("yaml features", "json features");
  t.true(shown.length >= 2);
  for (const { place, kind, code } of shown) {
    const name = kind.startsWith("json") ? "shop/features.json" : "shop/features.yaml";
    const { snapshot } = await buildOnce({ [name]: code });
    t.deepEqual(snapshot.quarantined, [], `${place}: ${JSON.stringify(snapshot.quarantined)}`);
    t.true(
      [...snapshot.namespaces.values()].some(({ flags }) => flags.size > 0),
      place,
    );
  }
});

test("tests files and JSON on the manual's pages are what they should be", (t) => {
  const isTests = new Ajv2020({ strict: false }).compile(casesJsonSchema() as object);
  const shown = blocks("yaml tests");
  t.true(shown.length >= 1);
  for (const { place, code } of shown) t.true(isTests(parse(code)), `${place}: ${JSON.stringify(isTests.errors)}`);
  for (const { place, code } of blocks("json")) t.notThrows(() => JSON.parse(code), place);
  for (const { place, code } of blocks("yaml flipt")) {
    t.deepEqual(
      parseAllDocuments(code).flatMap(({ errors }) => errors),
      [],
      place,
    );
  }
});

test("the example of each configuration key is one that the key takes", (t) => {
  const isConfig = new Ajv2020({ strict: false }).compile(configJsonSchema() as object);
  const rows = [
    ...textOf("daemon/docs/configuration-keys.md").matchAll(/^\| `([^`]+)` \| [^|]* \| [^|]* \| `(.*?)` \|/gm),
  ];
  t.true(rows.length > 150);
  const wrong: string[] = [];
  for (const { 1: key = "", 2: example = "" } of rows) {
    let value: unknown = parse(example.replaceAll("\\|", "|"));
    for (const part of key.replaceAll("<id>", "some").split(".").reverse()) value = { [part]: value };
    if (!isConfig(value)) wrong.push(`${key}: ${example}`);
  }
  t.deepEqual(wrong, []);
});

test("the README is a way in: short, with lines of tables that fit", (t) => {
  const text = textOf("README.md");
  t.true(text.split(/\s+/).length <= 900);
  t.deepEqual(
    text.split("\n").filter((line) => line.startsWith("|") && line.length > 160),
    [],
  );
});

test("each command has a row in the manual's table", (t) => {
  const { stdout } = spawnSync(process.execPath, [VEXIL, "--help"], { encoding: "utf8" });
  const [, listed = ""] = /^Commands:\n((?: .*\n)+)/m.exec(stdout) ?? [];
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(({ 1: name = "" }) => name);
  t.true(names.length > 15);
  const table = textOf("daemon/docs/commands.md");
  t.deepEqual(
    names.filter((name) => name !== "help" && !new RegExp(`^\\|[^|]*\`(?:vexil )?${name}\\b`, "m").test(table)),
    [],
  );
});
