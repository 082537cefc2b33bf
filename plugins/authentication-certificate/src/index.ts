import { defineAuthentication } from "@vexil/plugin-api";
import { CertificateMethod } from "./certificate-method.js";
import { type CertificateSettings, certificateSettings } from "./settings.js";

export default defineAuthentication<CertificateSettings>({
  name: "certificate",
  schema: certificateSettings,
  create: async () => new CertificateMethod(),
});
