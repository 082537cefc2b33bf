import assert from "node:assert/strict";
import type { ConformanceCase } from "../conformance-case.js";
import { flagChange } from "../sink-samples.js";
import { type SinkRun, SinkSession } from "../sink-session.js";

const DEEP = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), 1);

/** Texts that people write into files of flags, whatever they mean by it. */
const TEXTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["line breaks", "a\nb\r\nc\u2028d\u2029e"],
  ["quotes and backslashes", '"\'`\\"\\\\n'],
  ["control characters", "\u0000\u0001\u001b[31m\u007f\u0085"],
  ["characters beyond the basic plane", "😀🏳️‍🌈𝒳"],
  ["half of a surrogate pair", "\ud800 and \udc00"],
  ["directions that turn around", "\u202eabc\u202c\u2066"],
  ["markup", "<script>alert(1)</script><!channel> *bold* <http://x|y> &amp;"],
  ["shell syntax", "$(touch /tmp/x) `id` ; rm -rf ~ | & > %s ${HOME}"],
  ["headers", "x\r\nX-Injected: 1\r\n\r\n{}"],
  ["templates", "{{ .Secret }} ${env:HOME} {{range $i := until 999999}}x{{end}}"],
  ["a text of 200,000 characters", "x".repeat(200_000)],
  ["deep nesting", DEEP],
  ["keys that objects have", JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}')],
  ["numbers at their ends", [0, -0.5, 1e308, 5e-324, Number.MAX_SAFE_INTEGER]],
  ["empty texts, lists and objects", ["", [], {}, null, false]],
]);

/** Cases about texts in events. */
export function sinkTextCases(run: SinkRun): readonly ConformanceCase[] {
  return [...TEXTS].map(([what, value]) =>
    SinkSession.case(run, `takes an event with ${what}`, async (session) => {
      const sink = await session.open();
      const text = typeof value === "string" ? value : "banner";
      const before = { key: text, description: value, metadata: { value } };
      const event = flagChange(what, { key: text, before, after: undefined, actor: `token:${text}`, subject: text });
      await session.deliver(sink, [event, flagChange(`after ${what}`)].slice(0, run.plugin.capabilities.batch));
      const arrived = (await session.arrived()).find((one) => (one as { id?: unknown }).id === event.id);
      // A half pair has no UTF-8: a sink may send what stands for it.
      if (what.startsWith("half")) assert.ok(arrived !== undefined, "the event did not arrive");
      else assert.deepEqual(arrived, JSON.parse(JSON.stringify(event)));
      assert.equal((Object.prototype as { polluted?: unknown }).polluted, undefined, "objects were changed");
    }),
  );
}
