import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import type { SchemaIssue } from "../../schema.js";
import { type AuthRun, AuthSession } from "../auth-session.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";

/** Cases about the default export and its schema. */
export function authDeclarationCases(run: AuthRun): readonly ConformanceCase[] {
  const { plugin } = run;
  const validate = async (value: unknown): Promise<readonly SchemaIssue[]> =>
    (await plugin.schema["~standard"].validate(value)).issues ?? [];
  return [
    conformanceCase("declares a credential type of this API version", async () => {
      assert.equal(plugin.kind, "auth");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    conformanceCase("has a name of lower-case letters, digits and hyphens", async () => {
      assert.match(plugin.name, /^[a-z][a-z0-9-]*$/);
    }),
    AuthSession.case(run, "accepts the settings it is tested with", async ({ raw }) => {
      assert.deepEqual(await validate(raw), []);
    }),
    AuthSession.case(run, "refuses an unknown settings key and names it", async ({ raw }) => {
      const issues = await validate({ ...(raw as object), vexil_no_such_key: 1 });
      assert.ok(issues.length > 0, "the key was accepted: use a strict object");
      const named = issues.some((issue) => JSON.stringify([issue.message, issue.path]).includes("vexil_no_such_key"));
      assert.ok(named, `no issue names the key: ${issues.map((issue) => issue.message).join("; ")}`);
    }),
    conformanceCase("refuses settings that are no object, without throwing", async () => {
      for (const value of [null, "text", 7, true, [1]]) {
        assert.ok((await validate(value)).length > 0, `${JSON.stringify(value)} was accepted`);
      }
    }),
    AuthSession.case(run, "leaves the settings it validates as they are", async ({ raw }) => {
      const before = JSON.stringify(raw);
      await validate(raw);
      assert.equal(JSON.stringify(raw), before);
    }),
  ];
}
