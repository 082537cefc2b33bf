import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes entries last: those of a directory, and of all that it lies in up to another one. */
export async function syncDirectories(from: string, to: string): Promise<void> {
  for (let at = from; ; at = dirname(at)) {
    await syncDirectory(at);
    if (at === to || at === dirname(at)) return;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    // Whoever may write there need not be let to read it.
    if (error.code !== "EACCES") throw error;
  });
  if (directory === undefined) return;
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
