import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { importJWK, type JWK, type JWTPayload, SignJWT } from "jose";
import Provider from "oidc-provider";
import type { Scope } from "../files/temporary-directory.js";
import { rsaKey } from "./rsa-keys.js";

/** A client as the issuer knows it. */
export interface IssuerClient {
  readonly client_id: string;
  readonly client_secret: string;
  readonly redirect_uris: readonly string[];
  readonly [key: string]: unknown;
}

/** A user whom the issuer logs in without asking. */
export interface IssuerAccount {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** How the next answers differ from honest ones. */
export interface Tampering {
  /** Claims of ID tokens, which are signed anew. */
  claims?: ((claims: JWTPayload) => JWTPayload) | undefined;
  /** An ID token in place of the issuer's. */
  idToken?: ((token: string) => string | Promise<string>) | undefined;
  /** True: the request is answered by the test, or never. */
  intercept?: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Documents and answers in JSON, by path. */
  body?: ((path: string, body: Record<string, unknown>) => unknown) | undefined;
}

/** A certified OpenID provider in the test's own process. */
export interface Issuer {
  readonly url: string;
  account: IssuerAccount;
  readonly tampering: Tampering;
  /** Method and path of each request so far. */
  readonly requests: string[];
  /** Takes a new key in place of the old one. */
  rotateKeys(): Promise<void>;
  /** Signs claims with the key that it has now. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export interface IssuerOptions {
  readonly clients: (issuerUrl: string) => readonly IssuerClient[];
  readonly account?: IssuerAccount;
  /** Number of its first key: issuers of the same number have the same one. */
  readonly firstKey?: number;
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** Where it is on its server, as realms are; absent: at the top. */
  readonly path?: string;
  /** Further keys that it lists, with their private parts. */
  readonly moreKeys?: readonly JWK[];
  /** True: its pages have forms, which the user fills in. Without, it logs in whoever comes. */
  readonly hasForms?: boolean;
}

const ADA = {
  sub: "ada",
  name: "Ada Lovelace",
  email: "ada@example.com",
  email_verified: true,
  picture: "https://example.com/ada.png",
  groups: ["devs", "release-managers"],
};

/** Starts an issuer. Unless it has forms, whoever opens its login page is logged in as `account`, and agrees to everything. */
export async function startIssuer(scope: Scope, options: IssuerOptions): Promise<Issuer> {
  let handler: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end();
  const server = createServer((request, response) => {
    issuer.requests.push(`${request.method} ${request.url?.split("?")[0]}`);
    if (issuer.tampering.intercept?.(request, response) !== true) handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { path = "" } = options;
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  let key: JWK = {};
  let turn = options.firstKey ?? 0;
  const sign: Issuer["sign"] = async (claims, header = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", kid: String(key.kid), ...header })
      .sign(await importJWK(key, "RS256"));
  const issuer: Issuer = {
    url,
    account: options.account ?? ADA,
    tampering: {},
    requests: [],
    sign,
    rotateKeys: async () => {
      key = await rsaKey(turn);
      turn += 1;
      const provider = makeProvider(url, key, issuer, options);
      handler = (request, response) => {
        Object.assign(request, { baseUrl: path, url: request.url?.slice(path.length) });
        if (!options.hasForms && request.url?.startsWith("/interaction/"))
          void finish(provider, issuer, request, response);
        else provider.callback()(request, response);
      };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  scope.teardown(() => issuer.close());
  await issuer.rotateKeys();
  return issuer;
}

/** The library speaks of what it would have otherwise in production. */
for (const level of ["info", "warn"] as const) {
  const log = console[level];
  console[level] = (...texts: unknown[]) => {
    if (!String(texts[0]).includes("oidc-provider ")) log(...texts);
  };
}

function makeProvider(url: string, key: JWK, issuer: Issuer, options: IssuerOptions): Provider {
  const provider = new Provider(url, {
    clients: options.clients(url),
    jwks: { keys: [key, ...(options.moreKeys ?? [])] },
    cookies: { keys: ["of the test"] },
    features: { devInteractions: { enabled: options.hasForms === true }, backchannelLogout: { enabled: true } },
    ...(!options.hasForms && {
      interactions: {
        url: (_: unknown, { uid }: { readonly uid: string }) => `${options.path ?? ""}/interaction/${uid}`,
      },
    }),
    // Claims stand in the ID token, too, as with most providers.
    conformIdTokenClaims: false,
    claims: { openid: ["sub", "groups"], email: ["email", "email_verified"], profile: ["name", "picture"] },
    pkce: { required: () => false },
    // By itself it calls no client on this machine, and waits no longer than 2.5 s.
    fetch: (url: string, { dispatcher: _, ...call }: RequestInit & { readonly dispatcher?: unknown }) =>
      fetch(url, { ...call, signal: AbortSignal.timeout(60_000) }),
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => issuer.account }),
    ...options.configuration,
  });
  provider.use(async (context, next) => {
    await next();
    const { claims, idToken, body } = issuer.tampering;
    const answered = context.body;
    if (typeof answered !== "object" || answered === null) return;
    const { id_token: token } = answered as { readonly id_token?: string };
    if (context.path === "/token" && token !== undefined && (claims ?? idToken) !== undefined) {
      const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JWTPayload;
      const signed = claims === undefined ? token : await issuer.sign(claims(payload));
      context.body = { ...answered, id_token: idToken === undefined ? signed : await idToken(signed) };
    }
    if (body !== undefined) context.body = body(context.path, context.body as Record<string, unknown>);
  });
  return provider;
}

/** The user at the provider: logs in, and agrees. */
async function finish(
  provider: Provider,
  issuer: Issuer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    await provider.interactionFinished(request, response, { login: { accountId: issuer.account.sub } });
    return;
  }
  const grant = new provider.Grant({ accountId: session?.accountId, clientId: params.client_id, grantId });
  grant.addOIDCScope(params.scope ?? "openid");
  grant.addOIDCClaims(["groups"]);
  const consent = { consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, consent, { mergeWithLastSubmission: true });
}
