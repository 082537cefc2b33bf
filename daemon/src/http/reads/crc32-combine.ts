const POLYNOMIAL = 0xedb88320;

/**
 * The CRC-32 of two texts one after the other, from their own CRCs (zlib's `crc32_combine`, which Node does not offer):
 * appending n zero bytes to a text is a linear map of its CRC, applied here by its powers of two.
 */
export function crc32Combine(first: number, second: number, secondSize: number): number {
  if (secondSize === 0) return first;
  let odd = [POLYNOMIAL, ...Array.from({ length: 31 }, (_, bit) => (1 << bit) >>> 0)];
  let even = square(odd);
  odd = square(even);
  let size = secondSize;
  let crc = first;
  do {
    even = square(odd);
    if (size & 1) crc = times(even, crc);
    size = Math.floor(size / 2);
    if (size === 0) break;
    odd = square(even);
    if (size & 1) crc = times(odd, crc);
    size = Math.floor(size / 2);
  } while (size !== 0);
  return (crc ^ second) >>> 0;
}

function times(matrix: readonly number[], vector: number): number {
  let sum = 0;
  let rest = vector;
  for (let index = 0; rest !== 0; index++, rest >>>= 1) {
    if (rest & 1) sum ^= matrix[index] ?? 0;
  }
  return sum >>> 0;
}

function square(matrix: readonly number[]): number[] {
  return matrix.map((row) => times(matrix, row));
}
