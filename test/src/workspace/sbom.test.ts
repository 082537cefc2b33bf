import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const execute = promisify(execFile);

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

async function write(t: ExecutionContext): Promise<string> {
  const script = join(ROOT, ".scripts", "sbom.mjs");
  const { stdout } = await execute(process.execPath, [script, await temporaryDirectory(t)]);
  return readFile(stdout.trim(), "utf8");
}

const componentsOf = (text: string): readonly Component[] =>
  (JSON.parse(text) as { readonly components: readonly Component[] }).components;

const idsOf = (components: readonly Component[], place: string): readonly string[] => [
  ...new Set(
    components
      .filter(({ properties }) => properties.some(({ name, value }) => name === "vexil:place" && value === place))
      .map(({ group, name, version }) => `${group === undefined ? "" : `${group}/`}${name}@${version}`),
  ),
];

test("the SBOM follows CycloneDX's schema, and is the same each time", async (t) => {
  const text = await write(t);
  const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  t.is(fault, null);
  t.not(
    await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text.replace('"application"', '"app"')),
    null,
  );
  t.is(await write(t), text);
});

test("it names what the bundler wrote into the bundle, and what the console was made of", async (t) => {
  const components = componentsOf(await write(t));
  const metafile = JSON.parse(await readFile(join(ROOT, "daemon/bundle/metafile.json"), "utf8"));
  const folders = new Set<string>();
  for (const { inputs } of Object.values<{ inputs: Record<string, { bytesInOutput: number }> }>(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const end = path.lastIndexOf("node_modules/");
      if (end === -1 || bytesInOutput === 0) continue;
      const parts = path.slice(end + "node_modules/".length).split("/");
      const depth = parts[0]?.startsWith("@") === true ? 2 : 1;
      folders.add(path.slice(0, end) + ["node_modules", ...parts.slice(0, depth)].join("/"));
    }
  }
  const held = new Set<string>();
  for (const folder of folders) {
    const { name, version } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
    held.add(`${name}@${version}`);
  }
  t.true(held.size > 100);
  t.deepEqual([...idsOf(components, "bundle")].sort(), [...held].sort());

  const has = (place: string, name: string): boolean =>
    idsOf(components, place).some((id) => id.startsWith(`${name}@`));
  t.true(has("bundle", "fastify") && has("bundle", "pg"));
  t.true(has("node_modules", "pg") && has("node_modules", "pino-pretty") && has("console", "react-dom"));
  t.false(has("bundle", "pino-pretty") || has("bundle", "ava") || has("node_modules", "fastify"));
});

test("each component has a licence, a package URL and the lock file's hash", async (t) => {
  const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  const components = componentsOf(await write(t));
  t.deepEqual(
    components.filter(({ licenses }) => (licenses ?? []).length === 0),
    [],
  );
  t.deepEqual(
    components.filter(({ purl }) => !/^pkg:npm\/(?:%40[\w.-]+\/)?[\w.-]+@\d[\w.+-]*$/.test(purl)),
    [],
  );
  const fastify = components.find(({ name }) => name === "fastify");
  const digest = `sha512-${Buffer.from(fastify?.hashes?.[0]?.content ?? "", "hex").toString("base64")}`;
  t.is(digest, packages["node_modules/fastify"].integrity);
});
