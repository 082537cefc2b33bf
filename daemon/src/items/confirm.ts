import { createInterface } from "node:readline/promises";
import { RefusedError } from "../client/client-errors.js";
import { printableLine } from "../client/printable.js";

/**
 * Asks at the terminal whether something may be done.
 * @throws RefusedError when the answer is no, and where there is nobody to ask
 */
export async function confirm(question: string, isAgreed: boolean): Promise<void> {
  if (isAgreed) return;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new RefusedError("nothing was deleted: nobody can be asked here, so give --yes");
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${printableLine(question)} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new RefusedError("nothing was deleted");
  } finally {
    terminal.close();
  }
}
