import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Permissions } from "./permissions.js";

/** Makes what happened in a directory (files created, renamed, removed) survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A new file with this content, synced; its name is not synced yet. */
export async function writeNewFile(
  path: string,
  chunks: readonly Uint8Array[],
  options: { readonly mode?: number; readonly permissions?: Permissions } = {},
): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "wx", options.mode ?? 0o666);
    for (const chunk of chunks) await file.writeFile(chunk);
    options.permissions?.applyToFile(file.fd);
    await file.sync();
    await file.close();
  } catch (error) {
    await file?.close().catch(() => undefined);
    if (file !== undefined) await rm(path, { force: true });
    throw error;
  }
}

/** Replaces a file as a whole: at any time, also after a crash, it has the old content or the new one. */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array,
  options: { readonly mode?: number; readonly permissions?: Permissions } = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  await writeNewFile(temporary, [bytes], options);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}
