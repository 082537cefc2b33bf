import fc from "fast-check";

/** Code points that are halves of a pair, and no characters. */
const SURROGATES = { from: 0xd800, count: 0x800 };

/**
 * Any character of Unicode, as fast-check's unit `binary`; that one lists all 1.1 million of them first, which takes half a
 * second.
 */
export const anyCharacter: fc.Arbitrary<string> = fc.nat({ max: 0x10ffff - SURROGATES.count }).map(
  (index) => String.fromCodePoint(index < SURROGATES.from ? index : index + SURROGATES.count),
  (text) => {
    const point = typeof text === "string" ? text.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== text) throw new Error("no single character");
    return point < SURROGATES.from ? point : point - SURROGATES.count;
  },
);
