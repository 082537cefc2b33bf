import assert from "node:assert/strict";
import { API_VERSION } from "../../plugin.js";
import { BackendSession, type ConformanceRun } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "../conformance-case.js";
import { nameCase, schemaCases } from "./schema-cases.js";

/** Cases about the default export and its schema. */
export function declarationCases(run: ConformanceRun): readonly ConformanceCase[] {
  const { plugin } = run;
  const withSettings = (title: string, body: (raw: unknown) => Promise<void>): ConformanceCase =>
    conformanceCase(title, () => BackendSession.with(run, (session) => body(session.raw)));
  return [
    conformanceCase("declares a backend of this API version", async () => {
      assert.equal(plugin.kind, "backend");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    nameCase(plugin),
    conformanceCase("says whether it is durable and shared", async () => {
      assert.equal(typeof plugin.capabilities.durable, "boolean");
      assert.equal(typeof plugin.capabilities.shared, "boolean");
    }),
    ...schemaCases(plugin, withSettings),
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
