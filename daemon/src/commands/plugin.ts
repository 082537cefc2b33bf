import type { Command } from "commander";
import { registerPluginList } from "./plugin-list.js";
import { registerPluginNew } from "./plugin-new.js";
import { registerPluginTest } from "./plugin-test.js";

export function registerPlugin(program: Command): void {
  const plugin = program
    .command("plugin")
    .description(
      "Make, test and list plugins: storage backends, credentials, methods of authentication, engines of rights.",
    );
  registerPluginNew(plugin);
  registerPluginTest(plugin);
  registerPluginList(plugin);
}
