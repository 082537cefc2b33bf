import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import { type AuthenticationRun, AuthenticationSession } from "../authentication-session.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";
import { nameCase, schemaCases } from "./schema-cases.js";

/** Cases about the default export and its schema. */
export function authenticationDeclarationCases(run: AuthenticationRun): readonly ConformanceCase[] {
  const { plugin } = run;
  return [
    conformanceCase("declares a way to authenticate of this API version", async () => {
      assert.equal(plugin.kind, "authentication");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    nameCase(plugin),
    ...schemaCases(plugin, (title, body) => AuthenticationSession.case(run, title, ({ raw }) => body(raw))),
  ];
}
