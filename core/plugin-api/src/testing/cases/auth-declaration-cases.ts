import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import { type AuthRun, AuthSession } from "../auth-session.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";
import { nameCase, schemaCases } from "./schema-cases.js";

/** Cases about the default export and its schema. */
export function authDeclarationCases(run: AuthRun): readonly ConformanceCase[] {
  const { plugin } = run;
  const withSettings = (title: string, body: (raw: unknown) => Promise<void>): ConformanceCase =>
    AuthSession.case(run, title, ({ raw }) => body(raw));
  return [
    conformanceCase("declares a credential type of this API version", async () => {
      assert.equal(plugin.kind, "auth");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    nameCase(plugin),
    ...schemaCases(plugin, withSettings),
  ];
}
