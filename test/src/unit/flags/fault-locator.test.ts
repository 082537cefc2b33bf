import { FaultLocator } from "@vexil/flags/compile/fault-locator";
import type { FileParser } from "@vexil/flags/parse/file-parser";
import type { FeaturesDocument } from "@vexil/flags/read/document";
import test from "ava";

const PLACE = { line: 7, column: 3 };

function faultIn(path: string) {
  const document = { namespace: { key: path, form: "object" } } as unknown as FeaturesDocument;
  const parsed = { documents: [document], faults: [], sha1: path };
  const file = { path, oid: `id of ${path}`, parsed, namespaces: [path] };
  return { file, place: { document: 0, path: ["flags", 0] }, reason: "it leads nowhere" };
}

const input = {
  read: async (oids: readonly string[]) => new Map(oids.map((oid) => [oid, new Uint8Array(1)])),
  limits: { fileBytes: 1e6, depth: 64, aliases: 100, files: 100 },
  storage: "main",
  revision: "head",
};

test("in a hurry places are waited for in the files of those who wait, and others are found later", async (t) => {
  const asked: string[] = [];
  let finish: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const parser: Partial<FileParser> = {
    locate: async ({ path, storage }) => {
      asked.push(`${path} for ${storage}`);
      if (path.startsWith("slow")) await slow;
      return [PLACE];
    },
  };
  const locator = new FaultLocator(parser as FileParser);
  const faults = ["slow", "own"].map(faultIn);
  const hurry = { own: new Set(["own"]), account: "the writes of main", until: performance.now() };
  const startedAt = performance.now();
  const first = await locator.locate(faults, { ...input, hurry });
  const tookMs = performance.now() - startedAt;
  t.true(tookMs < 1_000, `${Math.round(tookMs)} ms`);
  t.deepEqual(
    first.quarantined.map(({ file, line }) => [file, line]),
    [
      ["slow", undefined],
      ["own", 7],
    ],
  );
  t.true(first.isPartial);
  t.deepEqual(asked, ["own for the writes of main"]);
  finish();
  t.false((await locator.locate(faults, input)).isPartial);
  const last = await locator.locate(faults, { ...input, hurry });
  t.true(last.quarantined.every(({ line }) => line === PLACE.line));
  t.false(last.isPartial);
  t.is(asked.length, 2);
});
