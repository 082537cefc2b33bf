import { defineAuthentication } from "@vexil/plugin-api";
import { ClientCertificates } from "./client-certificates.js";
import { type CertificateSettings, certificateSettings } from "./settings.js";

export default defineAuthentication<CertificateSettings>({
  name: "certificate",
  schema: certificateSettings,
  create: async () => new ClientCertificates(),
});
