import { createHash } from "node:crypto";

const SEAL = /^# Made by "vexil systemd"; changes by hand are noticed\. ([0-9a-f]{16})\n/;

/** The text with a first line that tells whether anybody has changed the rest. */
export function sealUnit(text: string): string {
  return `# Made by "vexil systemd"; changes by hand are noticed. ${digest(text)}\n${text}`;
}

/** Tells whether a file is as `sealUnit` made it, in this or another version. */
export function isSealed(file: string): boolean {
  const match = SEAL.exec(file);
  return match !== null && match[1] === digest(file.slice(match[0].length));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
