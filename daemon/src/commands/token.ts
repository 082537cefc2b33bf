import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { writeOut } from "../client/write-out.js";

interface Options {
  readonly name: string;
  readonly expires?: string;
  readonly json?: true;
}

/** 256 bits. */
const TOKEN_BYTES = 32;

export function registerToken(program: Command): void {
  const token = program.command("token").description("Make tokens for callers of a daemon.");
  token
    .command("new")
    .description("Make a token at random, and say how a daemon is told of it.")
    .option("--name <name>", "what the configuration calls it", name, "app")
    .option("--expires <time>", "when it ends, such as 2027-01-31T00:00:00Z", time)
    .option("--json", "one JSON object, for programs")
    .addHelpText(
      "after",
      `
The token alone is printed to stdout, and the lines of the configuration to stderr. Nothing is sent or kept: who loses it
makes another one.

Examples:
  vexil token new --name ci > ci.token
  vexil token new --name reader --expires 2027-01-31T00:00:00Z`,
    )
    .action(({ name: key, expires, json }: Options) => {
      const made = randomBytes(TOKEN_BYTES).toString("base64url");
      if (json)
        return writeOut(`${JSON.stringify({ name: key, token: made, ...(expires && { expires_at: expires }) })}\n`);
      writeOut(`${made}\n`);
      const variable = `${key.toUpperCase().replaceAll("-", "_")}_TOKEN`;
      const own = { credential: `\${env:${variable}}`, ...(expires && { expires_at: expires }) };
      const lines = stringify({
        authentication: { required: true, methods: { token: { enabled: true, storage: { tokens: { [key]: own } } } } },
      });
      process.stderr.write(`
Let the daemon have it as the variable ${variable}, and its configuration these lines:

${lines}
Callers send it as "Authorization: Bearer <token>"; commands of vexil take it by --token-file or VEXIL_TOKEN.
`);
    });
}

function name(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError("write small letters, digits, - and _.");
}

function time(text: string): string {
  if (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) &&
    Date.parse(text) > Date.now()
  )
    return text;
  throw new InvalidArgumentError("write a time to come, such as 2027-01-31T00:00:00Z.");
}
