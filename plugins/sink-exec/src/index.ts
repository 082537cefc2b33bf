import { defineSink } from "@vexil/plugin-api";
import { Command } from "./command.js";
import { type ExecSettings, execSettings } from "./settings.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export default defineSink<ExecSettings>({
  name: "exec",
  schema: execSettings,
  capabilities: { batch: 1 },
  create: async ({ command, directory = "/", environment, timeout: timeoutMs }, { sink: { name: sink }, logger }) => {
    const env: Record<string, string> = { PATH };
    for (const name of environment) {
      const value = process.env[name];
      if (value !== undefined) env[name] = value;
    }
    return new Command({ command, directory, env, timeoutMs, sink, logger });
  },
});
