import { defineAuthentication, parseDuration } from "@vexil/plugin-api";
import { EmailRule } from "./email-rule.js";
import { Issuer } from "./issuer.js";
import { OidcMethod } from "./oidc-method.js";
import { OidcProvider } from "./oidc-provider.js";
import { type OidcSettings, oidcSettings } from "./settings.js";

export default defineAuthentication<OidcSettings>({
  name: "oidc",
  schema: oidcSettings,
  async create(settings, { logger }) {
    const emailRule = new EmailRule(settings.email_matches);
    const keepMs = Number(parseDuration(settings.cache_ttl));
    const ending = new AbortController();
    const providers = Object.entries(settings.providers).map(([name, own]) => {
      const options = { keepMs, ended: ending.signal };
      const issuer = new Issuer(own.issuer_url ?? "", options);
      return [name, new OidcProvider(name, own, { issuer, emailRule, logger })] as const;
    });
    return new OidcMethod(new Map(providers), () => ending.abort());
  },
});
