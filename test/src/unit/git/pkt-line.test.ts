import { readAdvertisement } from "@vexil/git/protocol/capabilities";
import { readPack } from "@vexil/git/protocol/fetch-pack";
import { readLsRefs } from "@vexil/git/protocol/ls-refs";
import { DELIMITER, FLUSH, PacketReader, packet } from "@vexil/git/protocol/pkt-line";
import { readReport } from "@vexil/git/protocol/send-pack";
import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import fc from "fast-check";

/** A source that gives bytes in pieces of the given sizes. */
function source(bytes: Uint8Array, sizes: readonly number[]): { read(): Promise<Uint8Array | undefined> } {
  let offset = 0;
  let turn = 0;
  return {
    read: async () => {
      if (offset >= bytes.byteLength) return undefined;
      const size = Math.max(1, sizes[turn++ % Math.max(1, sizes.length)] ?? 1000);
      const piece = bytes.subarray(offset, offset + size);
      offset += size;
      return piece;
    },
  };
}

const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 5 });

test("packets are read as they were written, however they are cut", async (t) => {
  const packets = fc.array(fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.constant("flush" as const)), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(packets, sizes, async (wanted, cuts) => {
      // An empty packet and one that reads `ERR ` mean something else.
      const sent = wanted.filter((item) => item === "flush" || (item.length > 0 && item[0] !== 0x45));
      const bytes = Buffer.concat(sent.map((item) => (item === "flush" ? FLUSH : packet(item))));
      const reader = new PacketReader(source(bytes, cuts), "ref", 1e6);
      for (const item of sent) {
        const next = await reader.next();
        if (item === "flush") t.is(next.type, "flush");
        else t.deepEqual(next.type === "data" ? [...next.payload] : next, [...item]);
      }
      t.is((await reader.next()).type, "end");
    }),
    { numRuns: 200 },
  );
});

const V2 = { version: 2, names: new Map([["fetch", "shallow filter"]]) } as const;
const V0 = {
  version: 0,
  names: new Map([
    ["side-band-64k", ""],
    ["report-status", ""],
    ["shallow", ""],
  ]),
} as const;
const REQUEST = { wants: [], wantRefs: [], haves: [], shallow: [], depth: 1, withoutBlobs: false };
const UPDATES = { updates: [{ ref: "refs/heads/main", old: undefined, new: "1".repeat(40) }], objects: [] };

const PARSERS: Readonly<Record<string, (reader: PacketReader) => Promise<unknown>>> = {
  greeting: (reader) => readAdvertisement(reader, () => true),
  "ls-refs": (reader) => readLsRefs(reader, ["refs/"]),
  "fetch of version 2": (reader) => readPack(reader, V2, REQUEST, () => {}),
  "fetch of version 0": (reader) => readPack(reader, V0, REQUEST, () => {}),
  report: (reader) => readReport(reader, V0, UPDATES),
};

const words = fc.constantFrom(
  ...["version 2", "# service=git-upload-pack", "packfile", "shallow-info", "NAK", "ACK", `shallow ${"a".repeat(40)}`],
  ...[
    `${"a".repeat(40)} refs/heads/main`,
    "unborn HEAD",
    "\u0001PACK",
    "\u0002words",
    "\u0003fatal",
    "\u0001000eunpack ok\n",
  ],
  ...["ERR no such repository", "fetch=shallow filter", "object-format=sha256", "ok refs/heads/main", "\0", ""],
);
const stream = fc.array(
  fc.oneof(
    words.map((word) => packet(Buffer.from(word))),
    fc.constantFrom(FLUSH, DELIMITER, Buffer.from("0003"), Buffer.from("zzzz"), Buffer.from("fff0")),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  ),
  { maxLength: 12 },
);

for (const [name, parse] of Object.entries(PARSERS)) {
  test(`any bytes where the ${name} belongs give an answer or a clear error`, async (t) => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(stream, sizes, async (parts, cuts) => {
        try {
          await parse(new PacketReader(source(Buffer.concat(parts), cuts), "ref", 1e6));
        } catch (error) {
          if (!VexilError.is(error) || !["connection", "remote", "auth"].includes(error.kind)) throw error;
          refused += 1;
        }
      }),
      { numRuns: 300 },
    );
    t.true(refused > 100, `${refused} of 300 were refused`);
  });
}

test("what the remote says keeps its words and loses its control characters", async (t) => {
  const bytes = packet(Buffer.from("ERR \u001b[31mdenied\u001b[0m\u0007 to you\r\n"));
  const error = await t.throwsAsync(new PacketReader(source(bytes, []), "ref", 1e6).line());
  t.true(error?.message.endsWith("denied to you"), error?.message);
});
