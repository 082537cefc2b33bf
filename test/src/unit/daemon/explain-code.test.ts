import { CODES, type ErrorCode } from "@vexil/plugin-api/errors";
import test from "ava";
import { codesLike, explainedCode, troubleshootingPage } from "../../../../daemon/dist/troubleshooting/explain-code.js";

const codes = Object.keys(CODES) as ErrorCode[];

test("every code is explained, on the page once, with cause and remedy", (t) => {
  const page = troubleshootingPage();
  for (const code of codes) {
    const text = explainedCode(code);
    t.regex(
      text,
      /^VEXIL_\w+\n {2}\S.*\.\n {2}Cause: \S.*\.\n {2}What to do: \S.*\.\n {2}A request is answered with \d{3}.*\.\n$/,
      code,
    );
    t.is(page.split(`### ${code}\n`).length, 2, code);
    t.true(page.includes(text.split("\n")[1]?.trim() ?? "?"), code);
  }
  t.is(page.match(/^### /gm)?.length, codes.length);
});

test("no two codes have the same remedy", (t) => {
  const actions = codes.map((code) => /What to do: (.*)/.exec(explainedCode(code))?.[1]);
  t.is(new Set(actions).size, codes.length, `${actions.filter((one, at) => actions.indexOf(one) !== at)}`);
});

test("a code is found as it stands, without its beginning, in small letters, and by a part", (t) => {
  for (const text of ["VEXIL_NOT_FOUND", "not_found", "vexil-not-found", " NOT_FOUND "]) {
    t.deepEqual(codesLike(text), ["VEXIL_NOT_FOUND"], text);
  }
  t.deepEqual(codesLike("host_key_unknown"), ["VEXIL_AUTH_HOST_KEY_UNKNOWN"]);
  t.is(codesLike("host_key").length, 4);
  for (const text of ["", "VE", "no such", "constructor"]) t.deepEqual(codesLike(text), [], text);
});
