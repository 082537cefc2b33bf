import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { logInByDevice, providerNamed } from "../client/device-login.js";
import { keepLogin } from "../client/kept-logins.js";
import { printable } from "../client/printable.js";
import { writeOut } from "../client/write-out.js";
import { isLoopbackName } from "../http/edge/authority.js";

interface Options extends ClientOptions {
  readonly provider?: string;
  readonly allowHttp?: true;
}

export function registerLogin(program: Command): void {
  const command = program
    .command("login")
    .description("Log in at a daemon, for the commands that ask it.")
    .option("-p, --provider <name>", "the provider to log in at, where the daemon has several")
    .option("--allow-http", "also where nothing is encrypted on the way to another machine");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
A browser on any machine finishes it: nothing is typed here. The session's token is kept in the user's state directory
(~/.local/state/vexil/logins.json), readable by its user alone, and sent to this daemon only. "vexil logout" ends it.
The daemon's configuration says device_login: true of the provider, else there are no such logins.

Exit code 0 if somebody is logged in, 1 if not, 2 if no daemon answers.

Examples:
  vexil login --url https://flags.example.com
  vexil login --provider corp && vexil status`,
    )
    .action(async (options: Options) => {
      try {
        const client = await ApiClient.open(options);
        if (!options.allowHttp && isReadOnTheWay(client.url)) {
          throw new RefusedError(
            `on the way to ${client.url} everybody can read the session's token: use https, or --allow-http`,
          );
        }
        const provider = await providerNamed(client, options.provider);
        const tell = (text: string): void => void process.stderr.write(`${printable(text)}\n`);
        const { login, user } = await logInByDevice(client, provider, tell);
        await keepLogin(client.url, login);
        writeOut(`logged in at ${client.url} as ${user}, until ${new Date(login.expiresAt).toISOString()}\n`);
      } catch (error) {
        failed(error);
      }
    });
}

function isReadOnTheWay(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !isLoopbackName(hostname);
}
