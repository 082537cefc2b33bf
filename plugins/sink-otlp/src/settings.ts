import { type SettingsLayout, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Protocols of OTLP. */
export const PROTOCOLS = ["http/protobuf", "http/json", "grpc"] as const;

export const otlpSettings = z
  .strictObject({
    endpoint: text().optional().describe("Collector's base URL. Default: as OTEL_EXPORTER_OTLP_ENDPOINT says."),
    protocol: word(...PROTOCOLS)
      .prefault("http/protobuf")
      .describe("How events are sent; OTEL_EXPORTER_OTLP_PROTOCOL does not count here."),
  })
  .superRefine(({ endpoint }, context) => {
    if (endpoint === undefined || isAddress(endpoint)) return;
    context.addIssue({
      code: "custom",
      path: ["endpoint"],
      message: "it is no URL of http or https without a password",
    });
  });

export type OtlpSettings = z.output<typeof otlpSettings>;

function isAddress(endpoint: string): boolean {
  try {
    const { protocol, username, password, search } = new URL(endpoint);
    return /^https?:$/.test(protocol) && `${username}${password}${search}` === "";
  } catch {
    return false;
  }
}

export default { schema: otlpSettings } satisfies SettingsLayout;
