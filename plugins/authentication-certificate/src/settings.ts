import type { SettingsLayout } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Keys beside `enabled` of `authentication.methods.certificate`: none. Which authorities count the server says. */
export const certificateSettings = z.strictObject({});

export type CertificateSettings = z.output<typeof certificateSettings>;

export default { schema: certificateSettings, clientCertificates: true } satisfies SettingsLayout;
