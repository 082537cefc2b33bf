import memory from "@vexil/backend-memory";
import { backendConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const cases = backendConformance(memory, {}, { module: import.meta.resolve("@vexil/backend-memory") });

for (const one of cases) test(one.title, (t) => holdsCase(t, one));

test("the kit has at least 60 cases, each with a title of its own", (t) => {
  t.true(cases.length >= 60, String(cases.length));
  t.is(new Set(cases.map((one) => one.title)).size, cases.length);
});
