import { readFileSync } from "node:fs";
import test from "ava";
import satisfies from "semver/functions/satisfies.js";

interface Manifest {
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly optional?: boolean;
  readonly overrides?: unknown;
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

test("a strict installer takes every package as it is, on the oldest Node and on the newest", (t) => {
  const { packages } = read("package-lock.json") as { readonly packages: Readonly<Record<string, Manifest>> };
  t.is((read("package.json") as Manifest).overrides, undefined);
  for (const version of ["20.19.0", "24.0.0"]) {
    const refused = Object.entries(packages).filter(
      ([, { engines, optional }]) => optional !== true && !satisfies(version, engines?.node ?? "*"),
    );
    t.deepEqual(
      refused.map(([name, { version: own, engines }]) => `${name} ${own} wants Node ${engines?.node}`),
      [],
      `Node ${version}`,
    );
  }
});
