import { path, type SettingsLayout, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

const MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The map `authentication.methods.kubernetes`. */
export const kubernetesSettings = z
  .strictObject({
    discovery_url: text()
      .prefault("https://kubernetes.default.svc.cluster.local")
      .describe("The API server, where /.well-known/openid-configuration is."),
    ca_path: path()
      .prefault(`${MOUNTED}/ca.crt`)
      .describe("Authority of the API server's certificate; no other counts."),
    service_account_token_path: path()
      .prefault(`${MOUNTED}/token`)
      .describe("Token that the API server is asked with; it is read again for each request."),
  })
  .superRefine(({ discovery_url: url }, context) => {
    if (URL.canParse(url) && new URL(url).protocol === "https:") return;
    const message = `kubernetes: discovery_url ${JSON.stringify(url)} is no https address; the token of the service account would be sent in the clear`;
    context.addIssue({ code: "custom", path: ["discovery_url"], message });
  });

export type KubernetesSettings = z.output<typeof kubernetesSettings>;

export default { schema: kubernetesSettings, compatible: true } satisfies SettingsLayout;
