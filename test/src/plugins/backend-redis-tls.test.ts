import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secretFromFile } from "@vexil/plugin-api";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { makeCertificate } from "../helpers/network/certificate.js";
import { commitTo, redisBackends, refOf } from "../helpers/plugins/redis-backends.js";

test.serial("the right authority and the right name are needed, and say what is missing", async (t) => {
  const [own, other] = [await makeCertificate(t, "127.0.0.1"), await makeCertificate(t, "127.0.0.1")];
  const { open, refusal, server } = await redisBackends(t, { tls: own });
  const plain = `redis://127.0.0.1:${server.port}`;
  const named = `rediss://localhost:${server.port}`;
  for (const settings of [
    { ca_cert_bytes: own.ca },
    { ca_cert_path: own.caPath },
    { url: plain, tls: true, ca_cert_bytes: own.ca },
    { url: named, insecure_skip_tls: true },
  ]) {
    const backend = await open(settings);
    t.is(await commitTo(backend), (await refOf(backend)) ?? "");
  }
  const cases: readonly (readonly [object, RegExp])[] = [
    [{}, /(self-signed|unable to).*; give the authority's certificate as ca_cert_path/],
    [{ ca_cert_bytes: other.ca }, /certificate.*; give the authority's/],
    [{ url: named, ca_cert_bytes: own.ca }, /does not match.*; name the server as its certificate does/],
    [{ ca_cert_path: "/nonexistent/ca.pem" }, /cannot read \/nonexistent\/ca\.pem: ENOENT/],
    [{ url: plain }, /Redis at 127\.0\.0\.1/],
  ];
  for (const [settings, expected] of cases) t.regex((await refusal(settings)).message, expected);
});

test.serial("a client certificate is shown, and checked by the server", async (t) => {
  const [own, other] = [await makeCertificate(t, "127.0.0.1"), await makeCertificate(t, "127.0.0.1")];
  const { open, refusal } = await redisBackends(t, { tls: own, settings: ["tls-auth-clients optional"] });
  const backend = await open({ ca_cert_bytes: own.ca, cert_path: own.certPath, key_path: own.keyPath });
  await commitTo(backend);
  const foreign = { ca_cert_bytes: own.ca, cert_path: other.certPath, key_path: other.keyPath };
  t.regex((await refusal(foreign)).message, /Redis at 127\.0\.0\.1/);
});

test.serial("a password that changes in its file is read again for new connections", async (t) => {
  const { open, server } = await redisBackends(t);
  const file = join(await temporaryDirectory(t), "password");
  await server.command("ACL", "SETUSER", "app", "on", ">canary-one", "~*", "+@all");
  await writeFile(file, "canary-one\n");
  const backend = await open({ username: "app", password: await secretFromFile(file) });
  const tip = await commitTo(backend);
  await server.command("ACL", "SETUSER", "app", "resetpass", ">canary-two");
  await server.command("CLIENT", "KILL", "USER", "app");
  await t.throwsAsync(refOf(backend), { message: /WRONGPASS/ });
  await writeFile(file, "canary-two\n");
  t.is(await refOf(backend), tip);
});
