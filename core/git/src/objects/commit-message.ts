/** A commit's message as it is written: without what git cannot hold in one, and with git's ends of lines. */
export function commitMessage(text: string): string {
  return text.replaceAll("\0", "").replaceAll("\r\n", "\n");
}
