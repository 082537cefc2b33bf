import { z } from "zod";
import type { Route } from "../../route.js";
import {
  attemptOf,
  BODY_LIMIT_BYTES,
  LOGIN_ROUTE,
  type LoginOptions,
  type LoginPath,
  loginSchema,
  NOT_KEPT,
} from "./login-request.js";
import { shownSession } from "./shown-authentication.js";

const flowSchema = z.object({
  deviceCode: z.string(),
  userCode: z.string(),
  verificationUri: z.string(),
  verificationUriComplete: z.string().optional(),
  expiresIn: z.number(),
  interval: z.number(),
});
const pollSchema = z.object({ deviceCode: z.string().optional() });

/** Logins on machines without a browser, by a code that is entered elsewhere (RFC 8628). */
export function deviceRoutes(place: LoginPath, { logins, startedAt }: Omit<LoginOptions, "cookies">): readonly Route[] {
  return [
    {
      ...LOGIN_ROUTE,
      method: "POST",
      path: `${place}/device`,
      summary: "Begins a login without a browser: gives a code to enter at the provider's page.",
      bodyLimit: BODY_LIMIT_BYTES,
      answers: { 200: { description: "The codes, and how long they hold, in seconds.", schema: flowSchema } },
      handle: async (request) => {
        const { expiresInS: expiresIn, intervalS: interval, ...codes } = await logins.devices.begin(attemptOf(request));
        return { status: 200, headers: NOT_KEPT, body: { ...codes, expiresIn, interval } };
      },
    },
    {
      ...LOGIN_ROUTE,
      method: "POST",
      path: `${place}/device/token`,
      summary: "Ends a login by device code: gives the session's token once the user has entered the code.",
      body: pollSchema,
      bodyLimit: BODY_LIMIT_BYTES,
      answers: {
        200: {
          description: "A session has begun: its token, and whose it is.",
          schema: loginSchema,
        },
        202: {
          description: "The user has not finished yet; `slow_down`: ask less often.",
          schema: z.object({ status: z.enum(["pending", "slow_down"]) }),
        },
      },
      handle: async (request) => {
        const begun = await logins.devices.poll(attemptOf(request), request.message.string("deviceCode"));
        if (typeof begun === "string") return { status: 202, headers: NOT_KEPT, body: { status: begun } };
        const authentication = shownSession(begun.session, startedAt);
        return { status: 200, headers: NOT_KEPT, body: { clientToken: begun.token, authentication } };
      },
    },
  ];
}
