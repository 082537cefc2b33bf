import { inspect } from "node:util";
import { Secret, VexilError } from "@vexil/plugin-api";
import test from "ava";

test("a secret prints, inspects and serialises as redacted", (t) => {
  const secret = new Secret("hunter2");
  for (const text of [`${secret}`, inspect({ secret }), JSON.stringify({ secret })]) {
    t.false(text.includes("hunter2"));
    t.true(text.includes("[redacted]"));
  }
  t.is(secret.reveal(), "hunter2");
});

test("secrets and errors of another copy of the package are known by instanceof, and those of a class of one's own are not", async (t) => {
  const beside = (path: string): string => `${import.meta.resolve("@vexil/plugin-api")}/../${path}?another-copy`;
  const other = (await import(beside("secret.js"))) as { readonly Secret: typeof Secret };
  const errors = (await import(beside("errors/vexil-error.js"))) as { readonly VexilError: typeof VexilError };
  t.not(other.Secret, Secret);
  t.not(errors.VexilError, VexilError);
  const secret = new other.Secret("hunter2");
  const error = new errors.VexilError("VEXIL_INTERNAL_BUG", "broken");
  t.true(secret instanceof Secret);
  t.true(error instanceof VexilError);
  t.false(error instanceof Secret);
  t.false(secret instanceof VexilError);
  for (const value of [null, undefined, "hunter2", {}, new Error("broken")]) {
    t.false((value as unknown) instanceof Secret || (value as unknown) instanceof VexilError);
  }
  class Own extends VexilError {}
  t.false(error instanceof Own);
  t.true(new Own("VEXIL_INTERNAL_BUG", "broken") instanceof Own);
  t.true(new Own("VEXIL_INTERNAL_BUG", "broken") instanceof VexilError);
});
