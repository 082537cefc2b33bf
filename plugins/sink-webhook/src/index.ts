import { defineSink, VexilError } from "@vexil/plugin-api";
import { messageMaker } from "./formats.js";
import { isAddress, MOST_EVENTS, type WebhookSettings, webhookSettings } from "./settings.js";
import { Webhook } from "./webhook.js";

export default defineSink<WebhookSettings>({
  name: "webhook",
  schema: webhookSettings,
  capabilities: { batch: MOST_EVENTS },
  async create({ url, secret, format, template, timeout: timeoutMs, batch: wanted }, { logger }) {
    const address = url?.reveal().trim() ?? "";
    if (!isAddress(address)) {
      throw new VexilError("VEXIL_VALIDATION_CONFIG", "url is no address like https://ci.example.com/hook");
    }
    const batch = wanted ?? (format === "cloudevents" ? 1 : MOST_EVENTS);
    const make = messageMaker(format, template, batch);
    return new Webhook({ url: address, secret, make, batch, timeoutMs, logger });
  },
});
