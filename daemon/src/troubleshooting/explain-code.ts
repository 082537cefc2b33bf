import { ERROR_POLICY } from "@vexil/engine/model/error-policy";
import { CODES, type ErrorCode, type ErrorKind } from "@vexil/plugin-api/errors";
import { DAEMON_REMEDIES } from "./daemon-remedies.js";
import type { RemediesOf } from "./remedy.js";
import { REMOTE_REMEDIES } from "./remote-remedies.js";
import { REQUEST_REMEDIES } from "./request-remedies.js";

/** A code that has none does not compile. */
const REMEDIES: RemediesOf = { ...REMOTE_REMEDIES, ...REQUEST_REMEDIES, ...DAEMON_REMEDIES };

const KINDS: Readonly<Record<ErrorKind, string>> = {
  connection: "The way to a remote",
  remote: "What a remote answers",
  auth: "Credentials for a remote",
  conflict: "Writes that collide",
  exists: "Things that are there already",
  "not-found": "Things that are not there",
  validation: "Input that is not valid",
  refused: "Requests that are refused",
  unavailable: "Something is away",
  overloaded: "Too much at once",
  plugin: "Plugins",
  internal: "Vexil itself",
};

const HEAD = `# Troubleshooting

Every error has a code, which stays the same between versions. \`vexil explain-error CODE\` prints what stands here; this page
is written by \`npm run docs:troubleshooting\`. \`vexil status\` shows the error of each storage, and \`vexil doctor\` finds out
without a daemon which step fails.
`;

/** Codes that a text may mean: as it stands, without \`VEXIL_\`, in small letters, or as it begins. */
export function codesLike(text: string): readonly ErrorCode[] {
  const wanted = text.trim().toUpperCase().replaceAll("-", "_");
  const codes = Object.keys(CODES) as ErrorCode[];
  const exact = codes.filter((code) => code === wanted || code === `VEXIL_${wanted}`);
  return exact.length > 0 || wanted.length < 3 ? exact : codes.filter((code) => code.includes(wanted));
}

/** A code's meaning, cause and remedy as a paragraph of a terminal. */
export function explainedCode(code: ErrorCode): string {
  const [cause, action] = REMEDIES[code];
  return `${code}\n  ${CODES[code].meaning}\n  Cause: ${cause}\n  What to do: ${action}\n  ${handling(code)}\n`;
}

/** The page of all codes. */
export function troubleshootingPage(): string {
  const parts = (Object.keys(KINDS) as ErrorKind[]).map((kind) => {
    const own = (Object.keys(CODES) as ErrorCode[]).filter((code) => CODES[code].kind === kind);
    return [`## ${KINDS[kind]}`, ...own.map(section)].join("\n\n");
  });
  return `${[HEAD.trimEnd(), ...parts].join("\n\n")}\n`;
}

function section(code: ErrorCode): string {
  const [cause, action] = REMEDIES[code];
  return `### ${code}\n\n${CODES[code].meaning} ${cause} **What to do:** ${action} ${handling(code)}`;
}

function handling(code: ErrorCode): string {
  const { status } = ERROR_POLICY[code];
  const again = CODES[code].retryable ? "; Vexil tries again by itself where it was its own attempt" : "";
  return `A request is answered with ${status}${again}.`;
}
