const KEY = /^[-_,A-Za-z0-9]+$/;

/** Fault of a key of a flag that is to be made. */
export function keyFault(key: string): string | undefined {
  return KEY.test(key) ? undefined : "A key has letters, digits, - and _ only.";
}

/** The key that a name suggests: `Dark mode` → `dark-mode`. */
export function keyOfName(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase();
  return plain
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
