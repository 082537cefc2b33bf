import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const HELPERS = fileURLToPath(new URL("../../src/helpers/", import.meta.url));

test("the README of the helpers lists each of them in its folder, in a line that says what it is for", (t) => {
  const listed: string[] = [];
  let folder = "";
  for (const line of readFileSync(join(HELPERS, "README.md"), "utf8").split("\n")) {
    folder = /^## ([\w-]+\/)/.exec(line)?.[1] ?? folder;
    const [, name, purpose] = /^- `([\w-]+\.ts)`: (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    t.true((purpose ?? "").length > 10, name);
    listed.push(folder + name);
  }
  const there = readdirSync(HELPERS, { recursive: true })
    .map((name) => String(name).replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts"));
  t.deepEqual(listed.sort(), there.sort());
});
