import { inspect } from "node:util";
import { Secret } from "@vexil/plugin-api";
import test from "ava";

test("a secret prints, inspects and serialises as redacted", (t) => {
  const secret = new Secret("hunter2");
  for (const text of [`${secret}`, inspect({ secret }), JSON.stringify({ secret })]) {
    t.false(text.includes("hunter2"));
    t.true(text.includes("[redacted]"));
  }
  t.is(secret.reveal(), "hunter2");
});
