/** CRC-32 of each byte (RFC 1952 §8). */
export const CRC_TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, index) => {
  let sum = index;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

const kept = new Map<number, Int32Array>();

/**
 * Tables that give a running sum once `count` zero bytes follow. That is linear, so a sum's four bytes can be looked up one
 * by one (256 entries for each, one after the other) and what is found combined by exclusive or. Tables are kept, so
 * `count` has to be bounded by the caller.
 */
export function shiftTables(count: number): Int32Array {
  const known = kept.get(count);
  if (known !== undefined) return known;
  const tables = new Int32Array(1024);
  for (let place = 0; place < 4; place += 1) {
    for (let byte = 0; byte < 256; byte += 1) {
      let sum = byte << (8 * place);
      for (let zero = 0; zero < count; zero += 1) sum = (CRC_TABLE[sum & 255] as number) ^ (sum >>> 8);
      tables[256 * place + byte] = sum;
    }
  }
  kept.set(count, tables);
  return tables;
}
