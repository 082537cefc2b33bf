import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scope } from "../files/temporary-directory.js";

/** GitHub's side of a login: codes, access tokens, and what its API says of one user. */
export interface FakeGithub {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  user: Readonly<Record<string, unknown>>;
  organizations: readonly string[];
  /** `organization/slug` each. */
  teams: readonly string[];
  /** Items on a page, where the request does not say. */
  perPage: number;
  /** Method, path and query of each request so far. */
  readonly requests: string[];
  /** True: the request is answered by the test, or never. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** A code as GitHub sends it back with the browser. */
  newCode(challenge?: string): string;
}

/** Starts a server that answers as GitHub does, errors with status 200 included. */
export async function startGithub(scope: Scope): Promise<FakeGithub> {
  const codes = new Map<string, string | undefined>();
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    github.requests.push(`${request.method} ${request.url}`);
    if (github.intercept?.(request, response) === true) return;
    void answer(github, { codes, tokens }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  scope.teardown(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const github: FakeGithub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: "Iv1.client",
    clientSecret: "canary-secret-of-github",
    user: { id: 583231, login: "octocat", name: "Mona Lisa", email: "mona@example.com", avatar_url: "https://x/y.png" },
    organizations: [],
    teams: [],
    perPage: 30,
    requests: [],
    intercept: undefined,
    newCode: (challenge) => {
      const code = crypto.randomUUID();
      codes.set(code, challenge);
      return code;
    },
  };
  return github;
}

interface Issued {
  /** Code to its PKCE challenge. */
  readonly codes: Map<string, string | undefined>;
  readonly tokens: Set<string>;
}

async function answer(
  github: FakeGithub,
  issued: Issued,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", github.url);
  const send = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(JSON.stringify(body));
  };
  if (url.pathname === "/login/oauth/access_token") {
    send(200, token(github, issued, new URLSearchParams(await textOf(request))));
    return;
  }
  if (!issued.tokens.has(request.headers.authorization?.replace(/^Bearer /, "") ?? "")) {
    send(401, { message: "Bad credentials" });
    return;
  }
  if (url.pathname === "/user") send(200, github.user);
  else if (url.pathname === "/user/orgs")
    page(
      github,
      url,
      github.organizations.map((login) => ({ login })),
      send,
    );
  else if (url.pathname === "/user/teams") page(github, url, github.teams.map(teamOf), send);
  else send(404, { message: "Not Found" });
}

function token(github: FakeGithub, { codes, tokens }: Issued, form: URLSearchParams): unknown {
  if (form.get("client_id") !== github.clientId || form.get("client_secret") !== github.clientSecret) {
    return { error: "incorrect_client_credentials", error_description: "The client_id and/or client_secret is wrong." };
  }
  const code = form.get("code") ?? "";
  const challenge = codes.get(code);
  const proven = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (!codes.has(code) || (challenge !== undefined && challenge !== proven)) {
    return { error: "bad_verification_code", error_description: "The code passed is incorrect or expired." };
  }
  codes.delete(code);
  const made = `gho_${crypto.randomUUID()}`;
  tokens.add(made);
  return { access_token: made, scope: "read:org", token_type: "bearer" };
}

function teamOf(name: string): unknown {
  const [login, slug] = name.split("/");
  return { slug, name: slug, organization: { login } };
}

function page(
  github: FakeGithub,
  url: URL,
  items: readonly unknown[],
  send: (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void,
): void {
  const size = Number(url.searchParams.get("per_page") ?? github.perPage);
  const number = Number(url.searchParams.get("page") ?? 1);
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  const rest = items.slice(number * size);
  const link = `<${url.href}>; rel="prev", <${next.href}>; rel="next", <${next.href}>; rel="last"`;
  send(200, items.slice((number - 1) * size, number * size), rest.length === 0 ? {} : { link });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
