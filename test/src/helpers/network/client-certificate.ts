import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

const run = promisify(execFile);

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A client's key and certificate, in PEM. */
export interface ClientCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface ClientAuthority {
  readonly ca: string;
  readonly caPath: string;
  /**
   * Issues a certificate.
   * @param subject as openssl writes it: `/O=Example/CN=cart`
   * @param extensions lines such as `subjectAltName=URI:spiffe://example.com/cart`
   * @param issuer an authority that this one has issued; absent: itself
   */
  issue(
    subject: string,
    extensions?: readonly string[],
    days?: number,
    issuer?: ClientCertificate,
  ): Promise<ClientCertificate>;
}

/** An authority that issues clients' certificates, made by openssl. */
export async function clientAuthority(scope: Scope, name = "Clients"): Promise<ClientAuthority> {
  const directory = await temporaryDirectory(scope);
  const file = (path: string): string => join(directory, path);
  await run("openssl", [
    ...["req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=${name}`],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  ]);
  let issued = 0;
  return {
    ca: await readFile(file("ca.pem"), "utf8"),
    caPath: file("ca.pem"),
    issue: async (subject, extensions = ["extendedKeyUsage=clientAuth"], days = 2, issuer) => {
      issued += 1;
      const serial = String(issued);
      const own = (path: string): string => file(`${serial}.${path}`);
      await writeFile(own("ext"), extensions.join("\n"));
      const [caCert, caKey] = issuer === undefined ? [file("ca.pem"), file("ca.key")] : [own("ca.pem"), own("ca.key")];
      if (issuer !== undefined) await Promise.all([writeFile(caCert, issuer.cert), writeFile(caKey, issuer.key)]);
      const [keyPath, request, extensionPath, certPath] = [own("key"), own("csr"), own("ext"), own("pem")];
      await run("openssl", ["req", ...NEW_KEY, "-subj", subject, "-keyout", keyPath, "-out", request]);
      await run("openssl", [
        ...["x509", "-req", "-in", request, "-CA", caCert, "-CAkey", caKey, "-set_serial", serial],
        ...["-days", String(days), "-extfile", extensionPath, "-out", certPath],
      ]);
      const [key, cert] = await Promise.all([keyPath, certPath].map((path) => readFile(path, "utf8")));
      return { key: key ?? "", cert: cert ?? "" };
    },
  };
}
