import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "ava";
import { manPages } from "../../../daemon/dist/manual/man-pages.js";
import { roff } from "../../../daemon/dist/manual/roff.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

interface Rendered {
  readonly text: string;
  readonly warnings: string;
}

/** A page as a terminal shows it. Rejects where groff is not installed. */
async function rendered(page: string): Promise<Rendered> {
  const args = ["-man", "-Kutf8", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", "-P-o", "-rLL=100n"];
  const child = spawn("groff", args, { env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } });
  let [text, warnings] = ["", ""];
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  child.stderr.on("data", (chunk) => (warnings += String(chunk)));
  const ended = once(child, "close");
  child.stdin.end(page);
  await ended;
  return { text, warnings };
}

test("each command has a page of the manual that is rendered without a warning", async (t) => {
  t.timeout(120_000);
  const isMissing = await rendered("").then(
    () => undefined,
    () => "needs groff",
  );
  if (skipUnless(t, isMissing)) return;
  const pages = await manPages();
  t.true(pages.has("vexil.1") && pages.has("vexil-serve.1") && pages.has("vexil-plugin.1"));
  for (const [name, page] of pages) t.is((await rendered(page)).warnings, "", name);
  t.not((await rendered(".SH A\n.nosuch\n\\[nosuch]")).warnings, "", "a fault would be seen");

  const { text } = await rendered(pages.get("vexil-flag.1") ?? "");
  t.regex(text, /^ +vexil flag set \[options\] <flag>$/m);
  t.regex(text, /^ +--percentage <number>$/m);
  // Options as they are typed, and what quotes would break.
  t.regex(text, /^ +vexil flag set theme --variant dark --attachment 'dark=\{"hex":"#000"\}' --default-variant dark$/m);
  t.regex((await rendered(pages.get("vexil.1") ?? "")).text, /^ +vexil doctor$/m);
});

test("no line of a text is an order, and hyphens stay what they are", (t) => {
  t.is(roff(".so /etc/passwd\n'x\n--a\\n~^"), "\\&.so /etc/passwd\n\\&'x\n\\-\\-a\\en\\(ti\\(ha");
});
