import { spawn } from "node:child_process";
import { once } from "node:events";

const UNIT = "vexil.service";

/**
 * The journal of the unit, as its lines were written.
 * @throws Error when there is no journal here
 */
export async function* readJournal(options: {
  readonly follow: boolean;
  readonly signal: AbortSignal;
}): AsyncGenerator<Buffer> {
  const follow = options.follow ? ["--follow", "--lines=all"] : [];
  const child = spawn("journalctl", ["--unit", UNIT, "--output", "cat", "--no-pager", ...follow], {
    stdio: ["ignore", "pipe", "pipe"],
    signal: options.signal,
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const failed = new Promise<Error>((resolve) => child.once("error", resolve));
  ended.catch(() => undefined);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  let empty = true;
  for await (const chunk of child.stdout) {
    empty = false;
    yield chunk as Buffer;
  }
  const outcome = await Promise.race([ended.then(([code]) => code), failed]);
  if (options.signal.aborted || (outcome === 0 && !empty)) return;
  const reason = outcome instanceof Error ? "journalctl is not installed" : said.trim() || "it has no lines";
  throw new Error(`the journal of ${UNIT} cannot be read (${reason}); name a FILE, or - for stdin`);
}
