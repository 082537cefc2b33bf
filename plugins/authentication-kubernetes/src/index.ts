import { defineAuthentication } from "@vexil/plugin-api";
import { KubernetesMethod } from "./kubernetes-method.js";
import { type KubernetesSettings, kubernetesSettings } from "./settings.js";

export default defineAuthentication<KubernetesSettings>({
  name: "kubernetes",
  schema: kubernetesSettings,
  create: async (settings, { invalidate }) => new KubernetesMethod(settings, invalidate),
});
