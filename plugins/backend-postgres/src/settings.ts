import { boolean, path, type SettingsLayout, secretText, text } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** `storage.<id>.backend` of a storage in PostgreSQL. What is not given comes from the usual `PG…` variables. */
export const schema = z
  .strictObject({
    /** `postgres://user:password@host:port/database?sslmode=…` */
    url: secretText().optional(),
    /** A file that holds the URL; read again for each new connection. */
    url_file: path().optional(),
    /** The database schema that holds everything; made by the first start. */
    schema: text().prefault("vexil"),
    /** Encrypt, and check the server's certificate. Default: what `sslmode` of the URL or PGSSLMODE says. */
    tls: boolean().optional(),
    ca_cert_path: path().optional(),
    ca_cert_bytes: text().optional(),
    /** Encrypt without checking who answers. */
    insecure_skip_tls: boolean().prefault(false),
    /** A client certificate and its key, PEM files. */
    cert_path: path().optional(),
    key_path: path().optional(),
  })
  .superRefine((settings, context) => {
    for (const key of ["url_file", "ca_cert_path", "ca_cert_bytes", "cert_path", "key_path"] as const) {
      if (settings[key] === "") context.addIssue({ code: "custom", path: [key], message: "must not be empty" });
    }
  })
  .refine((settings) => /^[a-z_][a-z0-9_]{0,47}$/.test(settings.schema), {
    message: "a schema name is [a-z_][a-z0-9_]*, 48 characters at most",
    path: ["schema"],
  })
  .refine((settings) => settings.url === undefined || settings.url_file === undefined, {
    message: "please provide only one of url or url_file",
    path: ["url_file"],
  })
  .refine((settings) => settings.ca_cert_path === undefined || settings.ca_cert_bytes === undefined, {
    message: "please provide only one of ca_cert_path or ca_cert_bytes",
    path: ["ca_cert_bytes"],
  })
  .refine((settings) => (settings.cert_path === undefined) === (settings.key_path === undefined), {
    message: "please provide both cert_path and key_path, or neither",
    path: ["key_path"],
  });

export type Settings = z.output<typeof schema>;

export default { schema } satisfies SettingsLayout;
