import { SettingsReader } from "@vexil/flags/compile/settings-reader";
import type { FileParser } from "@vexil/flags/parse/file-parser";
import test from "ava";

type ReadSettings = Awaited<ReturnType<FileParser["settings"]>>;

const GOOD: ReadSettings = { settings: { commitMessage: "{{ . }}" }, faults: [] };
const input = {
  directory: "",
  files: new Map([["flipt.yaml", "id of settings"]]),
  limits: { fileBytes: 1e6, depth: 64, aliases: 100, files: 100 },
  storage: "main",
  read: async () => new Map([["id of settings", new Uint8Array(1)]]),
};

/** A reader of settings, and how often it had a file parsed. */
function readerOf(settings: () => Promise<ReadSettings>): { readonly reader: SettingsReader; asked(): number } {
  let asked = 0;
  const parser: Partial<FileParser> = {
    settings: () => {
      asked += 1;
      return settings();
    },
  };
  return { reader: new SettingsReader(parser as FileParser), asked: () => asked };
}

test("settings that take long are read once, however many ask for them meanwhile, and in a hurry nobody waits", async (t) => {
  let finish: (settings: ReadSettings) => void = () => undefined;
  const reading = new Promise<ReadSettings>((resolve) => {
    finish = resolve;
  });
  const { reader, asked } = readerOf(() => reading);
  const hurry = { own: new Set<string>(), account: "the writes of main", until: performance.now() + 50 };
  const first = reader.read(input);
  for (let build = 1; build <= 3; build += 1) t.like(await reader.read({ ...input, hurry }), { unread: true });
  t.is(asked(), 1);
  finish(GOOD);
  t.like(await first, GOOD);
  t.like(await reader.read({ ...input, hurry }), GOOD);
  t.is(asked(), 1);
});

test("settings that the store does not have are not known for good", async (t) => {
  const { reader, asked } = readerOf(async () => GOOD);
  await reader.read({ ...input, read: async () => new Map() });
  await reader.read(input);
  await reader.read(input);
  t.is(asked(), 2);
});
