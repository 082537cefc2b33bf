import test from "ava";
import { withPolicies } from "../../../../daemon/dist/http/rights/policy-settings.js";

const LARGE = 990_000;

test("texts that are made to exhaust a reader are faults, and cost the daemon no turn to speak of", (t) => {
  for (const [unit, reason] of [
    ["[", /nested deeper than 32 levels/],
    ["- ", /nested deeper than 32 levels/],
    ["{a: ", /nested deeper than 32 levels/],
  ] as const) {
    const text = unit.repeat(Math.floor(LARGE / unit.length));
    t.throws(() => withPolicies({}, Buffer.from(text)), { message: reason }, unit);
  }
  const levels = [..."bcdefghi"].map((key, index) => {
    const above = `*${"abcdefghi"[index]}`;
    return `${key}: &${key} [${Array(9).fill(above).join(",")}]`;
  });
  const aliases = ["a: &a [x,x,x,x,x,x,x,x,x]", ...levels].join("\n");
  t.throws(() => withPolicies({}, Buffer.from(aliases)), { message: /aliases expand/ });
  t.throws(() => withPolicies({}, Buffer.from([0xff, 0xfe, 0x41])), { message: /no text in UTF-8/ });
  t.throws(() => withPolicies({}, Buffer.from("roles: {}\n---\nroles: {}\n")), { message: /more than one document/ });
});

test("policies go with the configuration's, and an empty file binds nobody", (t) => {
  const binding = { role: "a", match: { token: "x" } };
  const merged = withPolicies({ bindings: [binding] }, Buffer.from("bindings: [{ role: b, match: { token: y } }]\n"));
  t.deepEqual(merged, { bindings: [binding, { role: "b", match: { token: "y" } }] });
  t.deepEqual(withPolicies({ bindings: [binding] }, Buffer.from("# nothing yet\n")), { bindings: [binding] });
});
