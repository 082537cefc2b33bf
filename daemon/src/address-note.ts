import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { isLoopbackName } from "./http/edge/authority.js";

const FILE = "address.json";

/** Notes beside a daemon's configuration where it answers, since the configuration need not say so. */
export function noteAddress(directory: string, url: string): void {
  writeFileAtomic.sync(join(directory, FILE), `${JSON.stringify({ url, pid: process.pid })}\n`);
}

export function removeAddress(directory: string): void {
  rmSync(join(directory, FILE), { force: true });
}

/**
 * Address of a daemon that noted it in a directory and runs still. Only one of this machine counts: a token that is
 * meant for it is sent there.
 */
export async function notedAddress(directory: string): Promise<string | undefined> {
  try {
    const { url, pid } = JSON.parse(await readFile(join(directory, FILE), "utf8")) as { url: string; pid: number };
    return isAlive(pid) && isLoopbackName(new URL(url).hostname) ? url : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
