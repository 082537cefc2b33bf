import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";
import { type Certificate, makeCertificate } from "../network/certificate.js";
import { rsaKey } from "./rsa-keys.js";

/** A Kubernetes API server as far as the discovery of its issuer goes, over TLS by an authority of its own. */
export interface FakeCluster {
  readonly url: string;
  readonly issuer: string;
  readonly caPath: string;
  /** File with the token that it wants to be asked with. */
  readonly tokenPath: string;
  /** Method and path of each request so far. */
  readonly requests: string[];
  /** True: the request is answered by the test, or never. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Puts another token in place of the one it takes, and into the file. */
  rotateToken(): Promise<void>;
  /** Takes a new key in place of the old one. */
  rotateKeys(): Promise<void>;
  /** Token of a service account, signed with the key that it has now. */
  sign(claims?: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
  /** Listens again where it did. */
  start(): Promise<void>;
}

const ISSUER = "https://kubernetes.default.svc.cluster.local";

/** Starts an API server, or reserves its place. */
export async function startCluster(scope: Scope, { started = true } = {}): Promise<FakeCluster> {
  const certificate = await makeCertificate(scope);
  const directory = await temporaryDirectory(scope);
  const tokenPath = join(directory, "token");
  let taken = "";
  let key: JWK = {};
  let turn = 0;
  let server: Server | undefined;
  let port = 0;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    cluster.requests.push(`${request.method} ${request.url}`);
    if (cluster.intercept?.(request, response) === true) return;
    const documents: Readonly<Record<string, unknown>> = {
      "/.well-known/openid-configuration": { issuer: ISSUER, jwks_uri: `${cluster.url}/openid/v1/jwks` },
      "/openid/v1/jwks": { keys: [{ kty: key.kty, n: key.n, e: key.e, kid: key.kid, use: "sig", alg: "RS256" }] },
    };
    const allowed = request.headers.authorization === `Bearer ${taken}`;
    response.writeHead(allowed ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(allowed ? documents[request.url ?? ""] : { kind: "Status", code: 401 }));
  };
  const cluster: FakeCluster = {
    get url() {
      return `https://127.0.0.1:${port}`;
    },
    issuer: ISSUER,
    caPath: certificate.caPath,
    tokenPath,
    requests: [],
    intercept: undefined,
    rotateToken: async () => {
      taken = `canary-${crypto.randomUUID()}`;
      await writeFile(tokenPath, `${taken}\n`);
    },
    rotateKeys: async () => {
      key = await rsaKey(turn);
      turn += 1;
    },
    sign: async (claims = {}, header = {}) =>
      new SignJWT({ ...podClaims(), ...claims })
        .setProtectedHeader({ alg: "RS256", kid: String(key.kid), ...header })
        .sign(await importJWK(key, "RS256")),
    stop: async () => {
      server?.closeAllConnections();
      await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
      server = undefined;
    },
    start: async () => {
      server = await listen(certificate, port, handle);
      port = (server.address() as AddressInfo).port;
    },
  };
  scope.teardown(() => cluster.stop());
  await cluster.rotateToken();
  await cluster.rotateKeys();
  await cluster.start();
  if (!started) await cluster.stop();
  return cluster;
}

function listen(
  { key, cert }: Certificate,
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer({ key, cert }, handle);
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Claims as the API server signs them for a pod. */
function podClaims(): JWTPayload {
  const now = Math.floor(Date.now() / 1_000);
  return {
    iss: ISSUER,
    aud: ["https://kubernetes.default.svc"],
    sub: "system:serviceaccount:team-a:deployer",
    iat: now,
    nbf: now,
    exp: now + 3_600,
    "kubernetes.io": {
      namespace: "team-a",
      pod: { name: "deployer-7d9f", uid: "3a1c" },
      serviceaccount: { name: "deployer", uid: "9b7e" },
    },
  };
}
