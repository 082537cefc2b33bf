import { defineSink, VexilError } from "@vexil/plugin-api";
import { isAddress, type WebhookSettings, webhookSettings } from "./settings.js";
import { Webhook } from "./webhook.js";

export default defineSink<WebhookSettings>({
  name: "webhook",
  schema: webhookSettings,
  capabilities: { batch: 100 },
  async create({ url, secret, format, timeout: timeoutMs }, { logger }) {
    const address = url?.reveal().trim() ?? "";
    if (!isAddress(address)) {
      throw new VexilError("VEXIL_VALIDATION_CONFIG", "url is no address like https://ci.example.com/hook");
    }
    return new Webhook({ url: address, secret, format, timeoutMs, logger });
  },
});
