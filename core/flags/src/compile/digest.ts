import { createHash } from "node:crypto";

/**
 * Digest of a namespace: the SHA-1 of its file; with every further document half of the SHA-1 of
 * the digest so far and that file's SHA-1, both as text. `files` has one entry for each document.
 */
export function namespaceDigest(files: readonly string[]): string {
  const [first = "", ...others] = files;
  return others.reduce(
    (digest, sha1) => createHash("sha1").update(digest).update(sha1).digest("hex").slice(0, 32),
    first,
  );
}
