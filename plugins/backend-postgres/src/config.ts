import { secret } from "@vexil/plugin-api";
import { z } from "zod";

/** `storage.<id>.backend` of a storage in PostgreSQL. What is not given comes from the usual `PG…` variables. */
export const schema = z
  .strictObject({
    /** `postgres://user:password@host:port/database?sslmode=…` */
    url: secret().optional(),
    /** A file that holds the URL; read again for each new connection. */
    url_file: z.string().min(1).optional(),
    /** The database schema that holds everything; made by the first start. */
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,47}$/, "a schema name is [a-z_][a-z0-9_]*, 48 characters at most")
      .default("vexil"),
    /** Encrypt, and check the server's certificate. Default: what `sslmode` of the URL or PGSSLMODE says. */
    tls: z.boolean().optional(),
    ca_cert_path: z.string().min(1).optional(),
    ca_cert_bytes: z.string().min(1).optional(),
    /** Encrypt without checking who answers. */
    insecure_skip_tls: z.boolean().default(false),
    /** A client certificate and its key, PEM files. */
    cert_path: z.string().min(1).optional(),
    key_path: z.string().min(1).optional(),
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
