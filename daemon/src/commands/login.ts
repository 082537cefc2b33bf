import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { logInByDevice, providerNamed } from "../client/device-login.js";
import { keepLogin } from "../client/kept-logins.js";
import { writeOut } from "./write-out.js";

interface Options extends ClientOptions {
  readonly provider?: string;
}

export function registerLogin(program: Command): void {
  const command = program
    .command("login")
    .description("Log in at a daemon, for the commands that ask it.")
    .option("-p, --provider <name>", "the provider to log in at, where the daemon has several");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
A browser on any machine finishes it: nothing is typed here. The session's token is kept in the user's state directory
(~/.local/state/vexil/logins.json), readable by its user alone, and sent to this daemon only. "vexil logout" ends it.

Exit code 0 if somebody is logged in, 1 if not, 2 if no daemon answers.

Examples:
  vexil login --url https://flags.example.com
  vexil login --provider corp && vexil status`,
    )
    .action(async (options: Options) => {
      try {
        const client = await ApiClient.open(options);
        const provider = await providerNamed(client, options.provider);
        const tell = (text: string): void => void process.stderr.write(`${text}\n`);
        const { login, user } = await logInByDevice(client, provider, tell);
        await keepLogin(client.url, login);
        writeOut(
          `logged in at ${client.url} as ${printable(user)}, until ${new Date(login.expiresAt).toISOString()}\n`,
        );
      } catch (error) {
        failed(error);
      }
    });
}

/** Names come from a provider; a terminal takes some characters for orders. */
function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, "?");
}
