import test from "ava";
import type { AccessRules } from "../../../../daemon/dist/access/access-rules.js";
import type { Admission } from "../../../../daemon/dist/access/admission.js";
import { Callers } from "../../../../daemon/dist/access/callers.js";
import { Gate } from "../../../../daemon/dist/access/gate.js";
import type { Principal } from "../../../../daemon/dist/access/principal.js";

const RULES: AccessRules = {
  required: true,
  metricsRequired: false,
  exclude: { evaluation: false, ofrep: false },
  rights: true,
  hasMethods: true,
};

class CountedCallers extends Callers {
  lookups = 0;

  override of(...credential: Parameters<Callers["of"]>): ReturnType<Callers["of"]> {
    this.lookups += 1;
    return super.of(...credential);
  }
}

function start() {
  const whose = new Map<string, Principal>();
  const callers = new CountedCallers(async ({ value }) => whose.get(value));
  const let_in = (name: string, more: Partial<Principal["identity"]> = {}): void => {
    const identity = { subject: name, metadata: {}, claims: {}, ...more };
    whose.set(name, { id: name, method: "oidc", provider: "p", scheme: "Bearer", createdAt: 1, identity });
  };
  const gate = new Gate(() => RULES, callers);
  const ask = async (connection: object | undefined, name: string): Promise<Admission> =>
    gate.admitBy(connection, "evaluation", { authorization: `Bearer ${name}` });
  return { callers, whose, letIn: let_in, gate, ask };
}

test("a connection's credential is looked up once, and each that is another one", async (t) => {
  const { callers, letIn, ask } = start();
  letIn("ada");
  letIn("bob");
  const [one, other] = [{}, {}];
  await ask(one, "ada");
  await ask(one, "ada");
  const asked = callers.lookups;
  for (let times = 0; times < 10; times += 1) t.is((await ask(one, "ada")).principal?.id, "ada");
  t.is(callers.lookups, asked);
  t.is((await ask(other, "ada")).principal?.id, "ada");
  t.is((await ask(one, "bob")).principal?.id, "bob");
  t.is((await ask(one, "ada")).principal?.id, "ada");
  t.false((await ask(one, "eve")).admitted);
  t.false((await ask(one, "ad")).admitted);
  t.is((await ask(one, "ada")).principal?.id, "ada");
  t.true(callers.lookups >= asked + 4);
  await ask(undefined, "ada");
  await ask(undefined, "ada");
  t.true(callers.lookups >= asked + 6, "without a connection nothing is kept");
});

test("whoever is forgotten is forgotten on open connections, too, at once", async (t) => {
  const { callers, whose, letIn, ask } = start();
  letIn("ada");
  const connection = {};
  const known = async (): Promise<boolean> => {
    await ask(connection, "ada");
    return (await ask(connection, "ada")).admitted;
  };
  t.true(await known());
  whose.delete("ada");
  t.true(await known(), "it is kept for a while");
  callers.forget();
  t.false(await known());

  letIn("ada");
  callers.forget();
  t.true(await known());
  whose.delete("ada");
  callers.forget({ at: Date.now() + 1, id: "ada" });
  t.false(await known());
});

test("a credential that expires ends on its connection, too, and one that is very long is not kept", async (t) => {
  const { callers, letIn, ask } = start();
  const connection = {};
  letIn("ada", { expiresAt: Date.now() + 300 });
  await ask(connection, "ada");
  t.true((await ask(connection, "ada")).admitted);
  await new Promise((resolve) => setTimeout(resolve, 350));
  t.false((await ask(connection, "ada")).admitted);
  const long = "x".repeat(10_000);
  letIn(long);
  await ask(connection, long);
  const before = callers.lookups;
  for (let times = 0; times < 3; times += 1) t.true((await ask(connection, long)).admitted);
  t.is(callers.lookups, before + 3);
});
