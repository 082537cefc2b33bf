import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import type { SchemaIssue } from "../../schema.js";
import { BackendSession, type ConformanceRun, validated } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "../conformance-case.js";

/** Cases about the default export and its schema. */
export function declarationCases(run: ConformanceRun): readonly ConformanceCase[] {
  const { plugin } = run;
  const validate = async (value: unknown): Promise<readonly SchemaIssue[]> =>
    (await plugin.schema["~standard"].validate(value)).issues ?? [];
  const withSettings = (title: string, body: (raw: unknown) => Promise<void>): ConformanceCase =>
    conformanceCase(title, () => BackendSession.with(run, (session) => body(session.raw)));
  return [
    conformanceCase("declares a backend of this API version", async () => {
      assert.equal(plugin.kind, "backend");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    conformanceCase("has a name of lower-case letters, digits and hyphens", async () => {
      assert.match(plugin.name, /^[a-z][a-z0-9-]*$/);
    }),
    conformanceCase("says whether it is durable and shared", async () => {
      assert.equal(typeof plugin.capabilities.durable, "boolean");
      assert.equal(typeof plugin.capabilities.shared, "boolean");
    }),
    withSettings("accepts the settings it is tested with", async (raw) => void (await validated(plugin, raw))),
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
    conformanceCase("gives up creating, or finishes, when it is aborted meanwhile", () =>
      BackendSession.with(run, async (session) => {
        const controller = new AbortController();
        const opening = session.open({ signal: controller.signal });
        controller.abort(new Error("the start was aborted"));
        await within(5_000, "an aborted create", async () => void (await Promise.allSettled([opening])));
        // Nothing may be left that stands in the way of a restart.
        const backend = await session.open().catch(async (error: unknown) => {
          const [first] = await Promise.allSettled([opening]);
          if (first.status === "rejected") throw error;
          await session.close(first.value);
          return session.open();
        });
        await backend.refs.list(session.prefix);
      }),
    ),
    conformanceCase("gives up creating, or finishes, when it is aborted before", () =>
      BackendSession.with(run, async (session) => {
        const opening = session.open({ signal: AbortSignal.abort(new Error("the start was aborted")) });
        const [first] = await within(5_000, "an aborted create", () => Promise.allSettled([opening]));
        if (first.status === "fulfilled") await session.close(first.value);
        await (await session.open()).refs.list(session.prefix);
      }),
    ),
  ];
}
