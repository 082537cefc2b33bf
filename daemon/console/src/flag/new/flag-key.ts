/** The key that a name suggests: `Dark mode` → `dark-mode`. */
export function keyOfName(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase();
  return plain
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}
