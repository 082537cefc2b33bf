#!/usr/bin/env node
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const bundle = new URL("../bundle/", import.meta.url);
const dist = new URL("../dist/main.js", import.meta.url);

/** The bundle has the same modules in few files. It counts unless dist/ was built anew without it. */
function isFresh() {
  // A package brings the bundle alone, and no account of what it was built from.
  if (!existsSync(dist)) return existsSync(new URL("main.mjs", bundle));
  try {
    const { built } = JSON.parse(readFileSync(new URL("built-from.json", bundle), "utf8"));
    return built.every(({ path, sha256 }) => {
      const found = contentOf(new URL(path, bundle));
      // A published package comes without the compiler's files, and is never built anew.
      return found === undefined || createHash("sha256").update(found).digest("hex") === sha256;
    });
  } catch {
    return false;
  }
}

function contentOf(url) {
  try {
    return readFileSync(url);
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Files that loading the program takes at once, and some more: a daemon needs less later, and then one for each
 * connection.
 */
const FILES_NEEDED = 128;

/** Files and connections that this process may have open; the engine has raised the soft limit to the hard one. */
function filesAllowed() {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return limit === null ? Number.POSITIVE_INFINITY : Number(limit[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function endWithoutFiles(allowed) {
  process.stderr.write(
    `Error: only ${allowed} files may be open at once, and Vexil needs ${FILES_NEEDED}, then one for each connection: raise the limit ("ulimit -n 4096", or LimitNOFILE=4096 in a systemd unit)\n`,
  );
  process.exit(1);
}

if (filesAllowed() < FILES_NEEDED) endWithoutFiles(filesAllowed());

// The heap grows by at most half of what is alive before garbage is collected. Left to itself the engine lets a daemon
// that holds 50 MB take 300 before it looks.
setFlagsFromString("--heap-growing-percent=50");

if (isFresh()) {
  // What serves is a program of its own, which starts as fast as it can.
  if (["serve", "edge"].includes(process.argv[2])) nodeModule.createRequire(import.meta.url)("../bundle/daemon.js");
  else {
    // From Node 22.1 on: what the engine made of the code, kept where only who may change the code can write.
    nodeModule.enableCompileCache?.(fileURLToPath(new URL("cache/", bundle)));
    await import(new URL("main.mjs", bundle).href);
  }
} else {
  if (!existsSync(dist)) {
    process.stderr.write("Error: Vexil is not built yet: run `npm start` in its folder once\n");
    process.exit(1);
  }
  await import(dist.href);
}
