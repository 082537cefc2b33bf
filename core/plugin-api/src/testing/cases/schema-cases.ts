import assert from "node:assert/strict";
import type { Plugin } from "../../plugin.js";
import type { SchemaIssue } from "../../schema.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";

/** Makes a case that is given fresh settings, as the configuration has them. */
type WithSettings = (title: string, body: (raw: unknown) => Promise<void>) => ConformanceCase;

/** The case about the name of a plugin of any kind. */
export function nameCase(plugin: Plugin): ConformanceCase {
  return conformanceCase("has a name of lower-case letters, digits and hyphens", async () => {
    assert.match(plugin.name, /^[a-z][a-z0-9-]*$/);
  });
}

/** Cases about the schema of a plugin of any kind. */
export function schemaCases(plugin: Plugin, withSettings: WithSettings): readonly ConformanceCase[] {
  const validate = async (value: unknown): Promise<readonly SchemaIssue[]> =>
    (await plugin.schema["~standard"].validate(value)).issues ?? [];
  return [
    withSettings("accepts the settings it is tested with", async (raw) => {
      assert.deepEqual(await validate(raw), []);
    }),
    withSettings("refuses an unknown settings key and names it", async (raw) => {
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
    withSettings("leaves the settings it validates as they are", async (raw) => {
      const before = JSON.stringify(raw);
      await validate(raw);
      assert.equal(JSON.stringify(raw), before);
    }),
  ];
}
