import type { Oid } from "@vexil/plugin-api";

/** Header lines of a commit, before the first empty one (gitformat-commit). */
function headerOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const end = text.indexOf("\n\n");
  return end === -1 ? text : text.slice(0, end);
}

export function parentsOf(commit: Uint8Array): readonly Oid[] {
  return [...headerOf(commit).matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] ?? "");
}

export function treeOf(commit: Uint8Array): Oid | undefined {
  return /^tree ([0-9a-f]{40})$/m.exec(headerOf(commit))?.[1];
}
