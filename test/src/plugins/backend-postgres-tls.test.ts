import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadPlugins } from "@vexil/engine/plugins/plugin-registry";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { type PostgresServer, postgresServer } from "../helpers/databases/postgres-server.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type Certificate, makeCertificate } from "../helpers/network/certificate.js";
import { pluginConfig, storageConfig } from "../helpers/plugins/plugin-config.js";

const undo: (() => unknown)[] = [];
const scope = { teardown: (one: () => unknown) => void undo.push(one) };
const certificates: Record<"address" | "name" | "clients" | "other", Certificate> = {} as never;
const servers: Record<"plain" | "address" | "name", PostgresServer> = {} as never;

test.before("start servers", async () => {
  const names = { address: "127.0.0.1", name: "localhost", clients: "certified", other: "127.0.0.1" } as const;
  for (const [key, name] of Object.entries(names)) {
    certificates[key as keyof typeof names] = await makeCertificate(scope, name);
  }
  const { address, name, clients } = certificates;
  [servers.plain, servers.address, servers.name] = await Promise.all([
    postgresServer(scope),
    postgresServer(scope, { tls: { server: address, clients } }),
    postgresServer(scope, { tls: { server: name, clients } }),
  ]);
  await servers.address.sql("postgres", "create role certified superuser login");
});

test.after.always("stop them", async () => {
  for (const one of undo.reverse()) await one();
});

/** Tells whether the session is encrypted, or what went wrong. */
async function connect(
  t: ExecutionContext,
  server: PostgresServer,
  settings: Record<string, unknown>,
): Promise<string> {
  const storage = storageConfig("postgres", settings);
  const config = pluginConfig(process.cwd(), [storage]);
  const registry = await loadPlugins(config, new RecordingLogger());
  try {
    const backend = await registry.createBackend(storage, config);
    await backend.refs.list("");
    const rows = await server.sql(
      "postgres",
      "select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'vexil main'",
    );
    return rows.map(({ ssl }) => (ssl === true ? "encrypted" : "open")).join();
  } catch (error) {
    const { message } = error as Error;
    t.false(message.includes(server.password));
    t.regex(message, /^plugin "postgres" \(@vexil\/backend-postgres, storage main\): create failed: /);
    return message;
  } finally {
    await registry.close();
  }
}

const withMode = (server: PostgresServer, mode: string): string => `${server.url()}?sslmode=${mode}`;
const atName = (server: PostgresServer): string => server.url().replace("127.0.0.1", "localhost");

test.serial("the right authority and the right name are needed, and say what is missing", async (t) => {
  const { address, name } = servers;
  const ca = certificates.address.ca;
  const cases: readonly (readonly [settings: Record<string, unknown>, expected: RegExp, server: PostgresServer])[] = [
    [{ url: address.url(), tls: true, ca_cert_bytes: ca }, /^encrypted$/, address],
    [{ url: address.url(), ca_cert_path: certificates.address.caPath }, /^encrypted$/, address],
    [{ url: atName(name), tls: true, ca_cert_bytes: certificates.name.ca }, /^encrypted$/, name],
    [
      { url: address.url(), tls: true },
      /(self-signed|unable to).*; give the authority's certificate as ca_cert_path/,
      address,
    ],
    [{ url: address.url(), ca_cert_bytes: certificates.other.ca }, /certificate.*; give the authority's/, address],
    [
      { url: name.url(), ca_cert_bytes: certificates.name.ca },
      /does not match.*; name the server as its certificate/,
      name,
    ],
    [{ url: atName(address), ca_cert_bytes: ca }, /does not match.*; name the server as its certificate/, address],
    [
      { url: address.url(), ca_cert_path: "/nonexistent/ca.pem" },
      /cannot read \/nonexistent\/ca\.pem: ENOENT/,
      address,
    ],
    [{ url: address.url(), insecure_skip_tls: true }, /^encrypted$/, address],
    [{ url: address.url(), tls: false }, /^open$/, address],
    [{ url: address.url() }, /^open$/, address],
    [
      { url: servers.plain.url(), tls: true, ca_cert_bytes: ca },
      /server does not support SSL connections/,
      servers.plain,
    ],
  ];
  for (const [settings, expected, server] of cases) t.regex(await connect(t, server, settings), expected);
});

test.serial("sslmode means what it means to libpq, and never falls back to an open connection", async (t) => {
  const { address, name, plain } = servers;
  const root = (certificate: Certificate): string => `&sslrootcert=${encodeURIComponent(certificate.caPath)}`;
  const cases: readonly (readonly [url: string, expected: RegExp, server: PostgresServer])[] = [
    [withMode(address, "disable"), /^open$/, address],
    [withMode(address, "require"), /^encrypted$/, address],
    [withMode(address, "prefer"), /^encrypted$/, address],
    [withMode(plain, "prefer"), /does not support SSL/, plain],
    [withMode(address, "require") + root(certificates.other), /; give the authority's/, address],
    [withMode(address, "verify-ca"), /; give the authority's/, address],
    [withMode(name, "verify-ca") + root(certificates.name), /^encrypted$/, name],
    [withMode(name, "verify-full") + root(certificates.name), /does not match/, name],
    [withMode(address, "verify-full") + root(certificates.address), /^encrypted$/, address],
    [`${address.url()}?ssl=true`, /; give the authority's/, address],
    [withMode(address, "maybe"), /sslmode is one of disable, /, address],
  ];
  for (const [url, expected, server] of cases) t.regex(await connect(t, server, { url }), expected, url);
  // What the configuration says goes before what the URL says.
  const settings = { url: withMode(address, "verify-full"), insecure_skip_tls: true };
  t.is(await connect(t, address, settings), "encrypted");
});

test.serial("PGSSLMODE and PGSSLROOTCERT are the defaults", async (t) => {
  const { address } = servers;
  t.teardown(() => {
    for (const name of ["PGSSLMODE", "PGSSLROOTCERT"]) delete process.env[name];
  });
  process.env.PGSSLMODE = "verify-full";
  t.regex(await connect(t, address, { url: address.url() }), /; give the authority's/);
  process.env.PGSSLROOTCERT = certificates.address.caPath;
  t.is(await connect(t, address, { url: address.url() }), "encrypted");
  t.is(await connect(t, address, { url: withMode(address, "disable") }), "open");
});

test.serial("a client certificate takes the place of a password", async (t) => {
  const { address } = servers;
  const directory = await temporaryDirectory(t);
  const [cert_path, key_path] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  await writeFile(cert_path, certificates.clients.cert);
  await writeFile(key_path, certificates.clients.key);
  const settings = { url: address.url({ user: "certified" }), ca_cert_bytes: certificates.address.ca };
  t.is(await connect(t, address, { ...settings, cert_path, key_path }), "encrypted");
  t.regex(await connect(t, address, settings), /valid client certificate/);
});
