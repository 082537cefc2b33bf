import { exportJWK, generateKeyPair, type JWTPayload } from "jose";
import type { Scope } from "../files/temporary-directory.js";
import { type Issuer, type IssuerAccount, startIssuer } from "./oidc-issuer.js";

/** A realm whose documents and tokens have the shape of Keycloak's. */
export interface Realm extends Issuer {
  /** Private parts of keys that it lists besides: one that tokens are encrypted with, and one of ES256. */
  readonly moreKeys: readonly Readonly<Record<string, unknown>>[];
  /** An access token, as a machine gets it for its client's credentials. */
  machineToken(client: string, claims?: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** A user of the realm: what is not given is as Keycloak has it for one that was just made. */
export const REALM_USER: IssuerAccount = {
  sub: "f8a3b0f1-5b0c-4a4e-9d5d-0c1b7c6f7c11",
  email_verified: false,
  preferred_username: "ada",
  given_name: "Ada",
  family_name: "Lovelace",
  name: "Ada Lovelace",
  email: "ada@example.com",
  groups: ["/devs", "/devs/backend"],
  realm_access: { roles: ["default-roles-acme", "offline_access", "flag-editor"] },
  resource_access: { vexil: { roles: ["viewer"] }, account: { roles: ["manage-account", "view-profile"] } },
};

/** Nobody reads it. */
const CERTIFICATE = ["MIICmzCCAYMCBgGPc2VjcmV0"];

/**
 * Starts a realm with the client `vexil`.
 * @param own address of the daemon, as browsers know it
 */
export async function startRealm(scope: Scope, name: string, own: string, secret: string): Promise<Realm> {
  const [es, enc] = await Promise.all([
    generateKeyPair("ES256", { extractable: true }),
    generateKeyPair("RSA-OAEP", { extractable: true }),
  ]);
  const encryption = { kid: "enc-1", use: "enc", alg: "RSA-OAEP" };
  const signing = { ...(await exportJWK(es.privateKey)), kid: "es-1", use: "sig", alg: "ES256" };
  const moreKeys = [{ ...(await exportJWK(enc.privateKey)), ...encryption }, signing];
  const listed: Record<string, unknown>[] = [{ ...(await exportJWK(enc.publicKey)), ...encryption, x5c: CERTIFICATE }];
  const issuer = await startIssuer(scope, {
    path: `/realms/${name}`,
    moreKeys: [signing],
    account: REALM_USER,
    clients: () => [
      {
        client_id: "vexil",
        client_secret: secret,
        redirect_uris: [`${own}/auth/v1/method/oidc/${name}/callback`],
        post_logout_redirect_uris: [own],
        backchannel_logout_uri: `${own}/auth/v1/method/oidc/${name}/revoke`,
        backchannel_logout_session_required: true,
      },
    ],
    configuration: {
      claims: {
        openid: ["sub", "groups", "realm_access", "resource_access"],
        email: ["email", "email_verified"],
        profile: ["name", "preferred_username", "given_name", "family_name"],
      },
    },
  });
  issuer.tampering.claims = (claims) => ({
    ...claims,
    jti: crypto.randomUUID(),
    typ: "ID",
    azp: "vexil",
    session_state: claims.sid,
    acr: "1",
  });
  issuer.tampering.body = (path, body) => {
    if (path !== "/jwks") return body;
    // A key that took its leave is listed on, and each has its certificate beside it.
    for (const key of body.keys as Record<string, unknown>[]) {
      if (!listed.some(({ kid }) => kid === key.kid)) {
        listed.unshift({ ...key, x5c: CERTIFICATE, x5t: "dGh1bWI", "x5t#S256": "dGh1bWIy" });
      }
    }
    return { keys: listed };
  };
  return Object.assign(issuer, {
    moreKeys,
    machineToken: (client: string, claims: JWTPayload = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000);
      const whole = {
        exp: now + 300,
        iat: now,
        jti: `trrtcc:${crypto.randomUUID()}`,
        iss: issuer.url,
        aud: "account",
        sub: "0d9c2a2e-33d6-4a79-9d6c-7a7a3f6f0a01",
        typ: "Bearer",
        azp: client,
        acr: "1",
        "allowed-origins": ["/*"],
        realm_access: { roles: ["default-roles-acme", "uma_authorization"] },
        resource_access: { vexil: { roles: ["viewer"] }, account: { roles: ["view-profile"] } },
        scope: "profile email",
        clientHost: "127.0.0.1",
        email_verified: false,
        preferred_username: `service-account-${client}`,
        clientAddress: "127.0.0.1",
        client_id: client,
        ...claims,
      };
      return issuer.sign(whole, { typ: "JWT", ...header });
    },
  });
}
