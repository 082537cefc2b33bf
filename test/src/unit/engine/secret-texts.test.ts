import { BlankingLogger } from "@vexil/engine/plugins/blanking-logger";
import { SecretTexts } from "@vexil/engine/plugins/secret-texts";
import { Secret } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test from "ava";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test("a secret of the settings is blanked as it is, in a URL and inside of base64, wherever it stands there", (t) => {
  const secrets = new SecretTexts({ auth: { password: new Secret("pa ss/4711") } });
  for (const user of ["", "a:", "ab:", "abc:", "ünï:"]) {
    const header = `Basic ${base64(`${user}pa ss/4711`)}`;
    t.is(secrets.blank(`sent ${header}, refused`), "sent Basic [redacted], refused", user);
  }
  t.is(secrets.blank("https://a:pa%20ss%2F4711@host/x"), "https://a:[redacted]@host/x");
  t.is(secrets.blank("the word is pa ss/4711!"), "the word is [redacted]!");
  t.is(secrets.blank("SGVsbG8gd29ybGQ= is no secret"), "SGVsbG8gd29ybGQ= is no secret");
});

test("what a plugin registers is blanked from then on, short texts aside", (t) => {
  const secrets = new SecretTexts({});
  t.is(secrets.blank("token abcdef"), "token abcdef");
  secrets.add("abcdef");
  secrets.add("to");
  t.is(secrets.blank("token abcdef"), "token [redacted]");
  for (let index = 0; index < 1_000; index += 1) secrets.add(`rotated-${index}`);
  t.is(secrets.blank("rotated-999"), "[redacted]");
});

test("a secret that is read again from its file is blanked in its newest form", (t) => {
  let value = "first-one";
  const changing = Object.create(Secret.prototype, Object.getOwnPropertyDescriptors(new Secret("first-one"))) as Secret;
  Object.defineProperty(changing, "reveal", { value: () => value });
  const secrets = new SecretTexts([changing]);
  value = "second-one";
  t.is(secrets.blank("second-one"), "[redacted]");
});

test("a plugin's log line shows no secret in its message, its keys, its values at any depth, nor in errors", (t) => {
  const recorded = new RecordingLogger();
  const secrets = new SecretTexts({ token: new Secret("canary-4711") });
  const logger = new BlankingLogger(recorded, secrets).child({ of: "canary-4711" });
  const error = new VexilError("VEXIL_AUTH_REJECTED", `refused Bearer ${base64("x:canary-4711")}`);
  logger.log("info", "a.b", "canary-4711", {
    deep: { list: [{ text: "is canary-4711" }], map: new Map([["canary-4711", new Set(["canary-4711"])]]) },
    error,
    count: 7,
    gone: undefined,
  });
  t.false(recorded.text().includes("canary-4711"));
  t.false(recorded.text().includes(base64("x:canary-4711")));
  const fields = recorded.lines[0]?.fields;
  t.is(fields?.count, 7);
  t.true(VexilError.is(fields?.error) && fields.error.code === "VEXIL_AUTH_REJECTED", "errors stay what they are");
  t.true(error.message.includes("Bearer "), "the plugin's own error is left alone");
});
