/** Header with the proof of who made a commit. */
export const SEAL_HEADER = "vexil-seal";

/** Headers that a seal does not cover: itself, and signatures, which are made over it. */
const UNCOVERED: ReadonlySet<string> = new Set([SEAL_HEADER, "gpgsig", "gpgsig-sha256"]);

/** Makes the proof of who makes a commit, over all the rest of it but signatures. */
export type Sealer = (covered: Uint8Array) => string;

/** Given a commit object, the sealer of what is to stand for it; undefined where its own seal is not genuine. */
export type Resealer = (commit: Uint8Array) => Sealer | undefined;

/** A commit's proof of who made it, and the bytes that it covers. */
export interface SealedCommit {
  readonly covered: Uint8Array;
  readonly seal: string;
}

/** Reads the proof of a commit object; undefined where it has none, or more than one. */
export function sealOf(bytes: Uint8Array): SealedCommit | undefined {
  // Byte for byte: whatever its encoding is, a commit is covered as it stands.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const end = text.indexOf("\n\n");
  if (end === -1) return undefined;
  const covered: string[] = [];
  const seals: string[] = [];
  let isCovered = true;
  for (const line of text.slice(0, end).split("\n")) {
    const isContinued = line.startsWith(" ");
    const name = line.split(" ", 1)[0] ?? "";
    if (!isContinued) isCovered = !UNCOVERED.has(name);
    if (!isContinued && name === SEAL_HEADER) seals.push(line.slice(SEAL_HEADER.length + 1));
    if (isCovered) covered.push(line);
  }
  const [seal, ...others] = seals;
  if (seal === undefined || others.length > 0) return undefined;
  return { covered: Buffer.from(covered.join("\n") + text.slice(end), "latin1"), seal };
}
