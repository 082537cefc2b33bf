// Runs ava over the compiled tests, then says the result as one plain line: "N passed, N failed".
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const ava = join(root, "node_modules", "ava", "entrypoints", "cli.mjs");
const child = spawn(process.execPath, [ava, "--tap", ...process.argv.slice(2)], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
});
let rest = "";
let passed = 0;
let failed = 0;
child.stdout.setEncoding("utf8");
child.stdout.on("data", (chunk) => {
  process.stdout.write(chunk);
  const lines = (rest + chunk).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    if (/^ok \d+/.test(line) && !/# (SKIP|TODO)/i.test(line)) passed += 1;
    if (/^not ok \d+/.test(line)) failed += 1;
  }
});
child.on("close", (code) => {
  if (code !== 0 && failed === 0) failed = 1;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exit(code ?? 1);
});
