import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

type Scope = { teardown(undo: () => unknown): void };

/** A key of an issuer, and the algorithm that it is used with. */
export interface IssuerKey extends GenerateKeyPairResult {
  readonly id: string;
  readonly algorithm: string;
  readonly jwk: JWK;
}

export async function issuerKey(algorithm: string, id: string): Promise<IssuerKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  return { ...pair, id, algorithm, jwk: { ...(await exportJWK(pair.publicKey)), kid: id, alg: algorithm, use: "sig" } };
}

/** A token of this key; `exp` is in an hour unless the claims say otherwise. */
export function signed(key: IssuerKey, claims: JWTPayload = {}, header: object = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return new SignJWT({ sub: "ada", exp, ...claims })
    .setProtectedHeader({ alg: key.algorithm, kid: key.id, ...header })
    .sign(key.privateKey);
}

/** A server of keys that can be made to fail. */
export interface JwksServer {
  readonly url: string;
  keys: readonly unknown[];
  /** Answers instead of the keys; undefined: they are answered. */
  fault: ((response: ServerResponse) => void) | undefined;
  /** Requests so far. */
  requests: number;
}

export async function startJwksServer(t: Scope, keys: readonly IssuerKey[]): Promise<JwksServer> {
  const state: JwksServer = { url: "", keys: keys.map(({ jwk }) => jwk), fault: undefined, requests: 0 };
  const server = createServer((_request, response) => {
    state.requests += 1;
    if (state.fault !== undefined) state.fault(response);
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: state.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(state, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` });
}
