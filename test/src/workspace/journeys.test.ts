import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** Files that each journey may enter, and no file twice (`core/README.md`). */
const AT_MOST: Readonly<Record<string, number>> = {
  "Poll to served": 25,
  "Write to answer": 30,
  Evaluation: 20,
  "Error to status and log": 8,
};

interface Journey {
  readonly title: string;
  /** Paths from the root, in order. */
  readonly files: readonly string[];
  /** Files that are entered in place of others, or not always. */
  readonly others: readonly string[];
}

/** The journeys of `core/README.md`: a name that begins with `<package>/src/` says where those after it are, too. */
function journeys(): readonly Journey[] {
  const text = readFileSync(join(ROOT, "core", "README.md"), "utf8");
  const section = /^## The four journeys\n(.*?)^## /ms.exec(text)?.[1] ?? "";
  return [...section.matchAll(/^\*\*(.+?)\.\*\* (.*)$/gm)].map(([, title = "", line = ""]) => {
    let source = "";
    const files: string[] = [];
    const others: string[] = [];
    for (const [part] of line.matchAll(/\([^)]*\)|[^()]+/g)) {
      for (const [, name = ""] of part.matchAll(/`([^`]+\.ts)`/g)) {
        const [, place, path = name] = /^(\w[\w-]*\/src)\/(.+)$/.exec(name) ?? [];
        if (place !== undefined) source = place.startsWith("daemon/") ? place : join("core", place);
        (part.startsWith("(") ? others : files).push(join(source, path));
      }
    }
    return { title, files, others };
  });
}

test("each journey of core/README.md goes forward, over no more files than it may, all of which there are", (t) => {
  const found = journeys();
  t.deepEqual(
    found.map(({ title }) => title),
    Object.keys(AT_MOST),
  );
  for (const { title, files, others } of found) {
    t.true(files.length >= 5, `${title}: ${files.length} files were found in its line`);
    t.true(files.length <= (AT_MOST[title] ?? 0), `${title} enters ${files.length} files`);
    t.deepEqual([...new Set(files)], files, `${title} names each file once`);
    t.deepEqual(
      [...files, ...others].filter((file) => !existsSync(join(ROOT, file))),
      [],
      `${title} names files that there are`,
    );
  }
});

test("every file that core/README.md names is there", (t) => {
  const text = readFileSync(join(ROOT, "core", "README.md"), "utf8");
  const listed = execFileSync("git", ["ls-files", "core", "daemon", "plugins", "test"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const files = listed.split("\n");
  const names = new Set([...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = ""]) => name));
  t.true(names.size > 100);
  t.deepEqual(
    [...names].filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`))),
    [],
  );
});
