import type { AuthenticationConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { unauthenticatedError } from "../../../access/admission.js";
import { presentedCredential } from "../../../access/credential.js";
import type { Logins } from "../../../access/logins.js";
import type { Principal } from "../../../access/principal.js";
import type { SessionCookies } from "../../../access/session-cookies.js";
import type { Session } from "../../../access/sessions/session.js";
import { queryInteger } from "../../query-values.js";
import { param, type Route, type RouteRequest } from "../../route.js";
import { askedMethod } from "./asked-method.js";
import { authenticationSchema, shownAuthentication } from "./shown-authentication.js";

export interface SelfOptions {
  readonly config: () => AuthenticationConfig;
  readonly startedAt: number;
  readonly logins: Logins;
  readonly cookies: SessionCookies;
}

const empty = z.object({});
const ANY_METHOD = (config: AuthenticationConfig): boolean => config.required || config.methods.length > 0;

/** Routes about the caller's own credential, and about sessions. */
export function selfRoutes({ config, startedAt, logins, cookies }: SelfOptions): readonly Route[] {
  const shared = { access: "token", isAvailable: ANY_METHOD } as const;
  const self = (request: RouteRequest): Principal => {
    if (request.principal !== undefined) return request.principal;
    throw ANY_METHOD(config()) ? unauthenticatedError() : unimplemented();
  };
  /** The caller's session; undefined for any other credential. */
  const ownSession = async (request: RouteRequest): Promise<Session | undefined> => {
    const principal = self(request);
    const credential = presentedCredential(request.headers);
    if (principal.createdAt === undefined || credential === undefined) return undefined;
    return logins.sessions.read(credential.value);
  };
  /** The session that is to end. Where nobody has to log in nobody was asked who it is; it can be ended all the same. */
  const endingSession = async (request: RouteRequest): Promise<Session | undefined> => {
    const credential = presentedCredential(request.headers);
    const isUnasked = request.principal === undefined && credential?.scheme === "Bearer";
    const session = isUnasked ? await logins.sessions.read(credential.value) : undefined;
    return session ?? ownSession(request);
  };
  return [
    {
      ...shared,
      method: "GET",
      path: "/auth/v1/self",
      action: "none",
      summary: "Tells whom the request's credential stands for.",
      errors: [501],
      answers: { 200: { description: "Name and metadata of the caller.", schema: authenticationSchema } },
      handle: (request) => ({ status: 200, body: shownAuthentication(self(request), startedAt) }),
    },
    {
      ...shared,
      method: "PUT",
      path: "/auth/v1/self/expire",
      action: "none",
      summary: "Ends the caller's session.",
      errors: [404, 501],
      answers: { 200: { description: "It has ended, and its cookies are taken away.", schema: empty } },
      handle: async (request) => {
        const session = await endingSession(request);
        if (session === undefined) throw new VexilError("VEXIL_NOT_FOUND", "getting authentication by id not found");
        await logins.logout(session, request);
        return { status: 200, body: {}, cookies: cookies.cleared() };
      },
    },
    {
      ...shared,
      method: "DELETE",
      path: "/auth/v1/self/revoke",
      action: "none",
      summary: "Ends the caller's session, and tells where its provider ends its own.",
      errors: [501],
      answers: {
        200: {
          description: "It has ended, and its cookies are taken away.",
          schema: z.object({ nextUri: z.string().optional() }),
        },
      },
      handle: async (request) => {
        const session = await endingSession(request);
        const nextUri = session && (await logins.logout(session, request));
        return { status: 200, body: nextUri === undefined ? {} : { nextUri }, cookies: cookies.cleared() };
      },
    },
    {
      ...shared,
      method: "GET",
      path: "/auth/v1/tokens",
      action: "admin",
      summary: "Lists the sessions that are known: nothing is stored, so of all it is the caller's own.",
      query: {
        method: {
          description: "Only those of this method.",
          schema: z.string().regex(/^([0-5]|METHOD_[A-Z0-9_-]+)?$/),
        },
        limit: { description: "Of a page.", schema: z.string().regex(/^[0-9]{0,9}$/) },
        pageToken: "Of the page before.",
      },
      errors: [501],
      answers: {
        200: {
          description: "Sessions; never static tokens.",
          schema: z.object({ authentications: z.array(authenticationSchema), nextPageToken: z.string() }),
        },
      },
      handle: async (request) => {
        const session = await ownSession(request);
        const own = shownAuthentication(self(request), startedAt);
        // Of one session there is no second page.
        queryInteger(request, "limit");
        const isAsked = [undefined, own.method].includes(askedMethod(request));
        const authentications = session !== undefined && isAsked ? [own] : [];
        return { status: 200, body: { authentications, nextPageToken: "" } };
      },
    },
    {
      ...shared,
      method: "GET",
      path: "/auth/v1/tokens/{id}",
      action: "admin",
      summary: "Shows the caller's own session.",
      errors: [501],
      answers: { 200: { description: "The session.", schema: authenticationSchema } },
      handle: async (request) => {
        const session = await ownSession(request);
        if (session === undefined || session.id !== param(request, "id")) throw unknownSession();
        return { status: 200, body: shownAuthentication(self(request), startedAt) };
      },
    },
    {
      ...shared,
      method: "DELETE",
      path: "/auth/v1/tokens/{id}",
      action: "admin",
      summary: "Ends a session.",
      errors: [501],
      answers: { 200: { description: "It has ended.", schema: empty } },
      handle: async (request) => {
        self(request);
        const id = param(request, "id");
        if (!logins.sessions.hasBeen(id)) throw unknownSession();
        await logins.sessions.end({ id });
        return { status: 200, body: {} };
      },
    },
  ];
}

function unknownSession(): VexilError {
  return new VexilError("VEXIL_NOT_FOUND", "getting authentication by id not found");
}

/** With no method at all the service is not there. */
function unimplemented(): VexilError {
  return new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "service flipt.auth.AuthenticationService not implemented");
}
