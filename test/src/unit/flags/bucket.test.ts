import { crc32 } from "node:zlib";
import { thresholdBucket, variantBucket } from "@vexil/flags/evaluate/bucket";
import test from "ava";
import fc from "fast-check";
import { anyCharacter } from "../../helpers/flags/any-character.js";

/** Keys of all lengths around the border up to which sums are made here, a few with other characters than ASCII. */
const key = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: "grapheme-ascii", maxLength: 70 }) },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 70 }) },
);

test("buckets are those of zlib's CRC-32 over both keys, whichever entity was asked about before", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, key), { minLength: 1, maxLength: 4 }), (pairs) => {
      for (const [flag, entity] of [...pairs, ...pairs]) {
        t.is(variantBucket(flag, entity), crc32(flag + entity) % 1000);
        t.is(thresholdBucket(flag, entity), crc32(entity + flag) % 100);
      }
    }),
    { numRuns: 300 },
  );
});
