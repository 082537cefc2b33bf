import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Scope } from "../files/temporary-directory.js";
import { GIT_ENV } from "./native-git.js";

const EVERY_S = 0.03;

export interface Committer {
  /** Number of commits so far. */
  count(): number;
  /** Ends it; resolves to the subjects of what was committed. */
  end(): Promise<readonly string[]>;
}

/** A user's shell that commits without a pause by native git; what git refuses (a lock) it tries again. */
export async function committer(scope: Scope, path: string, file: string): Promise<Committer> {
  const script = join(path, ".git", "committer.sh");
  const loop = [
    'cd "$1" || exit 1',
    'n=0; trap "stop=1" TERM',
    'while [ -z "$stop" ]; do',
    `  printf '# %s\\n' "$n" >> "${file}"`,
    `  if git commit -qm "user $n" -- "${file}" 2>/dev/null; then echo "user $n"; n=$((n + 1)); fi`,
    `  sleep ${EVERY_S}`,
    "done",
    `git commit -qm "user last" -- "${file}" >/dev/null 2>&1 && echo "user last"`,
    "exit 0",
  ];
  await writeFile(script, loop.join("\n"));
  const child = spawn("sh", [script, path], { env: GIT_ENV, stdio: ["ignore", "pipe", "inherit"] });
  scope.teardown(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const closed = once(child, "close");
  const subjects = (): readonly string[] => out.split("\n").filter((line) => line !== "");
  return {
    count: () => subjects().length,
    end: async () => {
      child.kill("SIGTERM");
      await closed;
      return subjects();
    },
  };
}
