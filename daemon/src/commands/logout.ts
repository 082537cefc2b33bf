import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { forgetLogin, keptToken } from "../client/kept-logins.js";
import { writeOut } from "../client/write-out.js";

export function registerLogout(program: Command): void {
  const command = program.command("logout").description("End the session of vexil login at a daemon.");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Exit code 0 if there is no session any more, 1 if the daemon did not end it, 2 if no daemon answers; the token is
forgotten in each case.

Examples:
  vexil logout --url https://flags.example.com`,
    )
    .action(async (options: ClientOptions) => {
      try {
        const client = await ApiClient.open(options);
        const token = await keptToken(client.url);
        if (!(await forgetLogin(client.url))) return writeOut(`nobody was logged in at ${client.url}\n`);
        // One that does not hold any more is as good as ended.
        if (token !== undefined) await client.withToken(token).ask("DELETE", "/auth/v1/self/revoke");
        writeOut(`logged out at ${client.url}\n`);
      } catch (error) {
        failed(error);
      }
    });
}
