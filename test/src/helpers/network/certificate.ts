import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

const run = promisify(execFile);

export interface Certificate {
  /** PEM of the authority, and a file that holds it. */
  readonly ca: string;
  readonly caPath: string;
  readonly key: string;
  readonly keyPath: string;
  readonly cert: string;
  readonly certPath: string;
}

/** A private authority and a certificate for `name` (an IP address or a host name), made by openssl. */
export async function makeCertificate(scope: Scope, name = "127.0.0.1"): Promise<Certificate> {
  const directory = await temporaryDirectory(scope);
  const file = (path: string): string => join(directory, path);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await run("openssl", [
    ...["req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=Test authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  ]);
  await run("openssl", ["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", file("key.pem"), "-out", file("csr.pem")]);
  const kind = /^[\d.]+$|:/.test(name) ? "IP" : "DNS";
  await writeFile(file("extensions"), `subjectAltName=${kind}:${name}\n`);
  await run("openssl", [
    ...["x509", "-req", "-in", file("csr.pem"), "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
    ...["-CAcreateserial", "-days", "2", "-extfile", file("extensions"), "-out", file("cert.pem")],
  ]);
  const [ca, key, cert] = await Promise.all(["ca.pem", "key.pem", "cert.pem"].map((p) => readFile(file(p), "utf8")));
  const paths = { caPath: file("ca.pem"), keyPath: file("key.pem"), certPath: file("cert.pem") };
  return { ...paths, ca: ca ?? "", key: key ?? "", cert: cert ?? "" };
}
