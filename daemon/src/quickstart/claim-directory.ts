import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { createServer } from "node:net";

/**
 * Claims a directory for this process until it ends, however that comes about: a second quickstart there must touch
 * neither log nor configuration of the first. The claim is a name in Linux's abstract namespace (unix(7)), which goes
 * with its process; elsewhere the store's own lock alone tells them apart.
 * @returns false when another process has it
 */
export async function claimDirectory(directory: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  await mkdir(directory, { recursive: true });
  const digest = createHash("sha256")
    .update(await realpath(directory))
    .digest("hex");
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(`\0vexil-quickstart-${digest}`, () => resolve(true));
    server.unref();
  });
}
