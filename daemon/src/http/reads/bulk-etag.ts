import xxhash from "xxhash-wasm";

const { h64ToString } = await xxhash();

/** `W/"<hex>"`: xxHash64 in lower-case hex of at least eight digits. */
export function bulkEtag(identity: string): string {
  return `W/"${h64ToString(identity).replace(/^0+(?=.{8})/, "")}"`;
}
