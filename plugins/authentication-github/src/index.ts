import { defineAuthentication } from "@vexil/plugin-api";
import { GithubMethod } from "./github-method.js";
import { type GithubSettings, githubSettings } from "./settings.js";

export default defineAuthentication<GithubSettings>({
  name: "github",
  schema: githubSettings,
  create: async (settings, { logger }) => new GithubMethod(settings, logger),
});
