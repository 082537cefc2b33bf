import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { param, type Route, type RouteRequest } from "../../route.js";
import { deviceRoutes } from "./device.js";
import { pageAfterLogin, prefixOf } from "./local-page.js";
import {
  attemptOf,
  BODY_LIMIT_BYTES,
  LOGIN_ROUTE,
  type LoginOptions,
  type LoginPath,
  loginSchema,
  NOT_KEPT,
  PLACES,
} from "./login-request.js";
import { methodName, shownAuthentication, shownSession } from "./shown-authentication.js";

const exchangeSchema = z.object({ serviceAccountToken: z.string().optional() });

/** The way to a provider and back, and its end from there. */
export function loginRoutes(options: LoginOptions): readonly Route[] {
  return [
    ...PLACES.flatMap((place) => [...placeRoutes(place, options), ...deviceRoutes(place, options)]),
    exchangeRoute(options),
  ];
}

function placeRoutes(place: LoginPath, { logins, cookies, startedAt }: LoginOptions): readonly Route[] {
  return [
    {
      ...LOGIN_ROUTE,
      method: "GET",
      path: `${place}/authorize`,
      summary: "Begins a login: tells where the browser is to go.",
      query: { state: "Comes back with the login: a path of this server, to go to then." },
      answers: {
        200: { description: "The provider's address.", schema: z.object({ authorizeUrl: z.string() }) },
      },
      handle: async (request) => {
        const { url, state } = await logins.authorize(attemptOf(request), request.query.get("state") ?? "");
        const callback = `${prefixOf(request.headers)}${pathOf(request)}/callback`;
        return { status: 200, body: { authorizeUrl: url }, cookies: [cookies.state(state, callback)] };
      },
    },
    {
      ...LOGIN_ROUTE,
      method: "GET",
      path: `${place}/callback`,
      summary: "Ends a login: the provider has sent the browser here.",
      query: { code: "The provider's.", state: "As it was given to the provider." },
      answers: {
        302: {
          description: "A session has begun; its cookie is set.",
          headers: { Location: "A page of this server." },
          schema: loginSchema,
        },
      },
      handle: async (request) => {
        const cookie = cookies.stateOf(request.headers.cookie);
        const { session, token } = await logins.callback(attemptOf(request), request.query, cookie);
        return {
          status: 302,
          headers: { Location: pageAfterLogin(request.headers, cookie) },
          cookies: [cookies.token(token, session.expiresAt)],
          body: { clientToken: "", authentication: shownSession(session, startedAt) },
        };
      },
    },
    {
      ...LOGIN_ROUTE,
      method: "POST",
      path: `${place}/revoke`,
      summary: "Ends sessions: a provider's logout token says which (back channel).",
      rawBody: true,
      bodyLimit: BODY_LIMIT_BYTES,
      answers: { 200: { description: "They have ended.", schema: z.object({}) } },
      handle: async (request) => {
        const form = new URLSearchParams(Buffer.from(request.bytes).toString("utf8"));
        await logins.backChannelLogout(attemptOf(request), form.get("logout_token") ?? "");
        return { status: 200, headers: NOT_KEPT, body: {} };
      },
    },
    {
      ...LOGIN_ROUTE,
      method: "GET",
      path: `${place}/revoke`,
      summary: "Ends sessions: a page of the provider's logs out everywhere (front channel).",
      query: { iss: "The provider.", sid: "Its session." },
      answers: { 200: { description: "They have ended.", schema: z.object({}) } },
      handle: async (request) => {
        await logins.frontChannelLogout(attemptOf(request), request.query);
        return { status: 200, headers: NOT_KEPT, cookies: cookies.cleared("none"), body: {} };
      },
    },
  ];
}

function exchangeRoute({ logins, startedAt }: LoginOptions): Route {
  return {
    ...LOGIN_ROUTE,
    method: "POST",
    path: "/auth/v1/method/{method}/serviceaccount",
    summary: "Tells whom a service account's token stands for.",
    body: exchangeSchema,
    bodyLimit: BODY_LIMIT_BYTES,
    answers: { 200: { description: "The token, and whom it stands for.", schema: loginSchema } },
    handle: async (request) => {
      const token = request.message.string("serviceAccountToken");
      const attempt = attemptOf(request);
      const identity = await logins.exchange(attempt, token);
      const {
        createdAt: _,
        updatedAt: __,
        ...shown
      } = shownAuthentication({ id: "", method: attempt.method, scheme: "Bearer", identity }, startedAt);
      const authentication = { ...shown, method: methodName(attempt.method) };
      return { status: 200, body: { clientToken: token, authentication } };
    },
  };
}

/** The path of the login's place, as it was asked for. */
function pathOf(request: RouteRequest): string {
  const names = [param(request, "method"), request.params.provider].filter((name) => name !== undefined);
  if (names.some((name) => !/^[\w.~-]+$/.test(name))) {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", "the provider's name has characters that a path must not have");
  }
  return `/auth/v1/method/${names.join("/")}`;
}
