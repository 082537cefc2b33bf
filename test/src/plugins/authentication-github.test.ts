import { createHash } from "node:crypto";
import { inspect } from "node:util";
import github from "@vexil/authentication-github";
import type { Login } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { type FakeGithub, startGithub } from "../helpers/access/fake-github.js";
import { deadline, makeMethod, newFlow } from "../helpers/access/make-method.js";

type Settings = Readonly<Record<string, unknown>>;

interface Started {
  readonly server: FakeGithub;
  readonly authorize: (flow?: ReturnType<typeof newFlow>) => Promise<URL>;
  /** The callback with a code of GitHub's, or the given one. */
  readonly logIn: (code?: string) => Promise<Login>;
}

async function start(t: ExecutionContext, changes: Settings = {}): Promise<Started> {
  const server = await startGithub(t);
  const { method } = await makeMethod(t, github, settingsFor(server, changes));
  const login = method.login;
  if (login === undefined) throw new Error("it logs nobody in");
  return {
    server,
    authorize: async (flow = newFlow()) => new URL(await login.authorize(flow, deadline())),
    logIn: (code = server.newCode()) => {
      const flow = newFlow();
      return login.callback(flow, new URLSearchParams({ code, state: flow.state }), deadline());
    },
  };
}

function settingsFor(server: FakeGithub, changes: Settings): Settings {
  return {
    server_url: server.url,
    api_url: server.url,
    client_id: server.clientId,
    client_secret: server.clientSecret,
    redirect_address: "https://flags.example.com/",
    ...changes,
  };
}

/** Settings for members of organizations. */
const ACME: Settings = { scopes: ["user:email", "read:org"], allowed_organizations: ["acme"] };

const refused = { code: "VEXIL_REFUSED_UNAUTHENTICATED" };
const unavailable = { code: "VEXIL_UNAVAILABLE_PROVIDER" };

test("the browser is sent to GitHub with what it needs to come back", async (t) => {
  const { server, authorize } = await start(t, ACME);
  const flow = newFlow();
  const url = await authorize(flow);
  t.is(url.origin + url.pathname, `${server.url}/login/oauth/authorize`);
  const { client_id: client, redirect_uri: redirect, scope, state, ...rest } = Object.fromEntries(url.searchParams);
  t.is(client, server.clientId);
  t.is(redirect, "https://flags.example.com/auth/v1/method/github/callback");
  t.is(scope, "user:email read:org");
  t.is(state, flow.state);
  t.deepEqual(rest, { response_type: "code" });
});

test("a user is who GitHub says", async (t) => {
  const { logIn, server } = await start(t);
  const { identity } = await logIn();
  t.is(identity.subject, "octocat");
  t.is(identity.name, "Mona Lisa");
  t.is(identity.email, "mona@example.com");
  t.deepEqual(identity.metadata, {
    "io.flipt.auth.github.email": "mona@example.com",
    "io.flipt.auth.github.name": "Mona Lisa",
    "io.flipt.auth.github.picture": "https://x/y.png",
    "io.flipt.auth.github.sub": "583231",
    "io.flipt.auth.github.preferred_username": "octocat",
    "io.flipt.auth.email": "mona@example.com",
    "io.flipt.auth.name": "Mona Lisa",
    "io.flipt.auth.picture": "https://x/y.png",
  });
  t.is(identity.claims.login, "octocat");
  t.deepEqual(server.requests, ["POST /login/oauth/access_token", "GET /user"]);
});

test("a user without a name goes by the login, one without an address by GitHub's", async (t) => {
  const { logIn, server } = await start(t);
  server.user = { id: 7, login: "octocat", name: null, email: null, avatar_url: "" };
  const { identity } = await logIn();
  t.is(identity.name, "octocat");
  t.is(identity.email, "7+octocat@users.noreply.github.com");
  t.is(identity.metadata["io.flipt.auth.name"], "octocat");
  t.is(identity.metadata["io.flipt.auth.github.picture"], undefined);
});

test("members of an allowed organization get in, others do not", async (t) => {
  const { logIn, server } = await start(t, ACME);
  server.organizations = ["other", "acme"];
  server.teams = ["acme/core", "other/core"];
  const { identity } = await logIn();
  t.is(identity.metadata["io.flipt.auth.github.organizations"], '["acme"]');
  t.is(identity.metadata["io.flipt.auth.github.teams"], '{"acme":["core"]}');
  t.deepEqual(identity.claims.organizations, ["acme"]);
  t.deepEqual(identity.claims.teams, ["acme/core"]);
  server.organizations = ["other"];
  const noMember = { ...refused, message: /account does not satisfy the organization requirements$/ };
  t.is((await t.throwsAsync<VexilError>(logIn(), noMember))?.details.subject, "octocat");
});

test("a team is needed where teams are named, and its slug counts in its own organization only", async (t) => {
  const { logIn, server } = await start(t, {
    scopes: ["read:org"],
    allowed_organizations: ["acme", "bare"],
    allowed_teams: { acme: ["core", "ops"] },
  });
  server.organizations = ["acme", "other"];
  server.teams = ["acme/ops", "acme/cooks", "other/core"];
  const { identity } = await logIn();
  t.is(identity.metadata["io.flipt.auth.github.teams"], '{"acme":["ops"]}');
  t.deepEqual(identity.claims.teams, ["acme/ops", "acme/cooks"], "rights can be bound to any team of the organization");
  const needsTeam = { ...refused, message: /account does not satisfy the team requirements$/ };
  server.teams = ["acme/cooks", "other/core"];
  t.is((await t.throwsAsync<VexilError>(logIn(), needsTeam))?.details.subject, "octocat");
  server.organizations = ["bare"];
  server.teams = ["bare/core"];
  await t.throwsAsync(logIn(), needsTeam, "an allowed organization without listed teams lets nobody in");
});

test("the last of many organizations and teams counts", async (t) => {
  const { logIn, server } = await start(t, { ...ACME, allowed_teams: { acme: ["last"] } });
  server.organizations = [...Array.from({ length: 70 }, (_, index) => `org-${index}`), "acme"];
  server.teams = [...Array.from({ length: 230 }, (_, index) => `acme/team-${index}`), "acme/last"];
  const { identity } = await logIn();
  t.is(identity.metadata["io.flipt.auth.github.teams"], '{"acme":["last"]}');
  t.is(server.requests.filter((one) => one.startsWith("GET /user/orgs")).length, 3);
  t.is(server.requests.filter((one) => one.startsWith("GET /user/teams")).length, 3);
});

test("the user's token follows no page to another server", async (t) => {
  const { logIn, server } = await start(t, ACME);
  const other = await startGithub(t);
  server.intercept = (request, response) => {
    if (!request.url?.startsWith("/user/orgs")) return false;
    response.writeHead(200, { link: `<${other.url}/user/orgs?page=2>; rel="next"` }).end('[{"login":"other"}]');
    return true;
  };
  await t.throwsAsync(logIn(), { ...unavailable, message: /its next page on another server$/ });
  t.deepEqual(other.requests, []);
});

test("a list that never ends is given up", async (t) => {
  const { logIn, server } = await start(t, ACME);
  server.intercept = (request, response) => {
    if (!request.url?.startsWith("/user/orgs")) return false;
    response.writeHead(200, { link: `<${server.url}/user/orgs>; rel="next"` }).end("[]");
    return true;
  };
  await t.throwsAsync(logIn(), { ...unavailable, message: /more than 100 pages$/ });
});

test("PKCE is used where it is asked for, and GitHub checks it", async (t) => {
  const server = await startGithub(t);
  const { method } = await makeMethod(t, github, settingsFor(server, { use_pkce: true }));
  const flow = newFlow();
  const url = new URL((await method.login?.authorize(flow, deadline())) ?? "");
  const challenge = createHash("sha256").update(flow.codeVerifier).digest("base64url");
  t.is(url.searchParams.get("code_challenge"), challenge);
  t.is(url.searchParams.get("code_challenge_method"), "S256");
  const back = (): URLSearchParams => new URLSearchParams({ code: server.newCode(challenge), state: flow.state });
  t.is((await method.login?.callback(flow, back(), deadline()))?.identity.subject, "octocat");
  const stolen = { ...flow, codeVerifier: newFlow().codeVerifier };
  await t.throwsAsync(method.login?.callback(stolen, back(), deadline()) ?? Promise.resolve(), refused);
});

test("errors with status 200 let nobody in", async (t) => {
  const { logIn, server } = await start(t);
  await t.throwsAsync(logIn("made-up"), { ...refused, message: /GitHub answered bad_verification_code$/ });
  const code = server.newCode();
  await logIn(code);
  await t.throwsAsync(logIn(code), refused, "a code works once");
  t.deepEqual(
    server.requests.filter((one) => one === "GET /user"),
    ["GET /user"],
  );
});

test("a callback without a code, or with GitHub's refusal, asks GitHub nothing", async (t) => {
  const server = await startGithub(t);
  const { method } = await makeMethod(t, github, settingsFor(server, {}));
  const flow = newFlow();
  for (const [query, message] of [
    [{ error: "access_denied" }, /GitHub answered access_denied$/],
    [{ error: "<script>" }, /GitHub answered an error$/],
    [{}, /there is no code$/],
  ] as const) {
    const parameters = new URLSearchParams({ ...query, state: flow.state });
    await t.throwsAsync(method.login?.callback(flow, parameters, deadline()) ?? Promise.resolve(), {
      ...refused,
      message,
    });
  }
  t.deepEqual(server.requests, []);
});

test("an API that fails lets nobody in, and says so", async (t) => {
  const { logIn, server } = await start(t, ACME);
  server.organizations = ["acme"];
  for (const path of ["/login/oauth/access_token", "/user", "/user/orgs", "/user/teams"]) {
    for (const [status, text] of [
      [500, "{}"],
      [200, "<html>"],
      [200, "null"],
    ] as const) {
      server.intercept = (request, response) => {
        if (request.url?.split("?")[0] !== path) return false;
        response.writeHead(status, { "content-type": "application/json" }).end(text);
        return true;
      };
      await t.throwsAsync(logIn(), unavailable, `${path} ${status} ${text}`);
    }
  }
  server.intercept = undefined;
  await t.notThrowsAsync(logIn());
});

test("a hanging API holds a login for its deadline only", async (t) => {
  const { logIn, server } = await start(t);
  server.intercept = (request) => request.url === "/user";
  await t.throwsAsync(logIn(), { ...unavailable, message: /\/user did not answer in time$/ });
});

test("neither secret nor token nor code is in an error", async (t) => {
  const { logIn, server } = await start(t, ACME);
  const thrown: unknown[] = [];
  const code = server.newCode();
  server.intercept = (request, response) => {
    if (request.url !== "/user") return false;
    response.writeHead(403).end(JSON.stringify({ authorization: request.headers.authorization }));
    return true;
  };
  thrown.push(await t.throwsAsync(logIn(code)), await t.throwsAsync(logIn(code)));
  const text = inspect(thrown, { depth: 12, showHidden: true });
  for (const secret of [server.clientSecret, "gho_", code]) t.false(text.includes(secret));
});

test("settings that let the wrong users in are refused", async (t) => {
  const server = await startGithub(t);
  const refuses = async (changes: Settings, message: RegExp): Promise<void> => {
    await t.throwsAsync(makeMethod(t, github, settingsFor(server, changes)), { message });
  };
  await refuses({ allowed_organizations: ["acme"] }, /must contain read:org when allowed_organizations is not empty/);
  await refuses({ ...ACME, allowed_teams: { other: ["x"] } }, /"other" is not in allowed_organizations/);
  await refuses({ client_id: "" }, /client_id non-empty value is required/);
  await refuses({ client_secret: "" }, /client_secret non-empty value is required/);
  await refuses({ redirect_address: undefined }, /redirect_address non-empty value is required/);
  await refuses({ allowed_organisations: ["acme"] }, /allowed_organisations/);
});

test("a session is judged again by the memberships that count now", async (t) => {
  const { server, logIn } = await start(t, ACME);
  server.organizations = ["acme", "other"];
  server.teams = ["acme/platform", "acme/docs", "other/platform"];
  const login = await logIn();
  const judge = async (changes: Settings): Promise<void> => {
    const { method } = await makeMethod(t, github, settingsFor(server, changes));
    await method.login?.recheck?.(undefined, login);
  };
  const teams = (allowed: Settings): Settings => ({ ...ACME, allowed_teams: allowed });
  await t.notThrowsAsync(judge(ACME));
  await t.notThrowsAsync(judge({}));
  await t.notThrowsAsync(judge(teams({ ACME: ["docs"] })));
  await t.throwsAsync(judge(teams({ acme: ["security"] })), refused);
  await t.throwsAsync(judge({ ...ACME, allowed_organizations: ["elsewhere"] }), refused);
  await t.throwsAsync(judge({ ...ACME, server_url: "https://github.example.com" }), refused);
  const free = await start(t);
  const unknown = await free.logIn();
  const { method } = await makeMethod(t, github, settingsFor(free.server, ACME));
  await t.throwsAsync(
    async () => method.login?.recheck?.(undefined, unknown),
    refused,
    "nobody knows of any membership",
  );
});
