import { mkdir } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { InitBackend } from "./init-config.js";
import { type InitExtras, initFiles } from "./init-files.js";
import { branchIn, firstCommit, hasFlags, isToBeCommitted, writeNew } from "./init-repository.js";

/** Wishes for a new flag repository. */
export interface InitWishes extends InitExtras {
  readonly remote: string | undefined;
  readonly backend: InitBackend | undefined;
}

/**
 * Begins a flag repository in a folder, or adds to one what is missing; nothing that is there is changed.
 * @returns what was made, and what to do next, as lines for people
 * @throws RefusedError
 */
export async function init(directory: string, { remote, backend, workflow, hook }: InitWishes): Promise<string> {
  const folder = resolve(directory);
  const before = await branchIn(folder);
  await mkdir(folder, { recursive: true });
  const branch = before ?? "main";
  const sample = before === undefined || !(await hasFlags(folder));
  const files = initFiles({ remote, branch, backend }, { sample, workflow, hook });
  const written: string[] = [];
  const lines: string[] = [];
  for (const file of files) {
    if (await writeNew(folder, file)) {
      written.push(file.path);
      lines.push(`made ${file.path}`);
    } else lines.push(`kept ${file.path}, which was there already`);
  }
  const isNew = before === undefined && written.length > 0;
  const began = isNew ? await firstCommit(folder, written, { branch, remote, hook }) : undefined;
  if (began !== undefined) {
    lines.push(
      "commit" in began
        ? `committed ${began.commit} on ${branch}`
        : `committed nothing: ${began.reason}${identityAdvice(began.reason)}`,
    );
  }
  const paths = files.map(({ path }) => path);
  const isOpen = await isToBeCommitted(folder, paths);
  const place = relative(process.cwd(), folder);
  const steps = [
    ...(place === "" ? [] : [`cd ${quoted(place)}`]),
    ...(isOpen ? ["git add --all && git commit"] : []),
    ...(before !== undefined && hook ? ["git config core.hooksPath .githooks"] : []),
    ...(remote === undefined ? [] : [`git push --set-upstream origin ${branch}`]),
    sample ? "vexil validate . && vexil test ." : "vexil validate .",
    "vexil serve",
    ...(sample ? ["vexil evaluate dark-mode --entity ada --context plan=beta # in a second terminal"] : []),
  ];
  const next = remote === undefined ? NEXT_HERE : NEXT_REMOTE;
  return `${lines.join("\n")}\n\nNext:\n${steps.map((step) => `  ${step}\n`).join("")}\n${next}`;
}

const NEXT_HERE =
  "Edit default/features.yaml while the daemon runs: it serves the change at once. The console is at\nhttp://127.0.0.1:8080.\n";
const NEXT_REMOTE =
  "The daemon serves what is pushed. A remote that wants a credential: see the manual's page Remotes and credentials.\n";

/** Tells how to mend it where git does not know whose commits it makes. */
function identityAdvice(reason: string): string {
  if (!/auto-detect|tell me who you are|empty ident/i.test(reason)) return "";
  return '; tell git who you are: git config --global user.name "…" && git config --global user.email "…"';
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
