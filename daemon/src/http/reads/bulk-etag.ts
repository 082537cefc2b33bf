import xxhash from "xxhash-wasm";

let hash: (text: string) => string = () => {
  throw new Error("asked for an entity tag before they were made ready");
};

/** Resolves when {@link bulkEtag} may be called: what hashes is compiled. */
export const etagsReady: Promise<void> = xxhash().then(({ h64ToString }) => {
  hash = h64ToString;
});

/** `W/"<hex>"`: xxHash64 in lower-case hex of at least eight digits. */
export function bulkEtag(identity: string): string {
  return `W/"${hash(identity).replace(/^0+(?=.{8})/, "")}"`;
}
