// Removes what was compiled from sources that are gone: tsc leaves it, and tests that moved would run twice.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** @param root the workspace's */
export function dropStale(root) {
  const packages = ["core", "plugins"].flatMap((top) => readdirSync(join(root, top)).map((name) => join(top, name)));
  for (const name of [...packages, "daemon", "test"]) {
    const [source, compiled] = [join(root, name, "src"), join(root, name, "dist")];
    if (!existsSync(source) || !existsSync(compiled)) continue;
    for (const file of readdirSync(compiled, { recursive: true })) {
      const stem = /^(.*)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(file)?.[1];
      if (stem !== undefined && !existsSync(join(source, `${stem}.ts`))) rmSync(join(compiled, file));
    }
  }
}
