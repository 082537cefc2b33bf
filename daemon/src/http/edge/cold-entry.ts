import type { IncomingMessage, ServerResponse } from "node:http";
import type { CorsConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import type { AccessRules } from "../../access/access-rules.js";
import { type Admission, unauthenticatedError } from "../../access/admission.js";
import type { Gate } from "../../access/gate.js";
import { isSigned } from "../../webhooks/presented-proof.js";
import type { ColdHandler } from "../cold-handler.js";
import { errorStatus, shownError, targetError } from "../error-response.js";
import { takeBasic } from "../git/basic-credential.js";
import type { ClientLimits } from "../limits/client-limits.js";
import { countRefusal } from "../limits/count-refusal.js";
import { readBody, UNKNOWN_SENDER_LIMIT_BYTES } from "../read-body.js";
import { countRequest } from "../reads/route-counts.js";
import type { Tally } from "../reads/tally.js";
import { answeredIds } from "../request-id.js";
import { isGitPath, type RequestTarget } from "../request-target.js";
import { RouteTable } from "../route-table.js";
import { sendProblem } from "../send-problem.js";
import { comeAgain } from "./come-again.js";
import type { EntryRule } from "./entry-rules.js";
import { foreignHostError, type HostVerdict } from "./host-check.js";
import { refuseForeignPage } from "./origin-check.js";

export interface EntrySettings {
  readonly cors: CorsConfig;
  /** Origins whose pages may change things, beside those that CORS names. */
  readonly trustedOrigins: readonly string[];
  readonly accessRules: AccessRules;
}

export interface EntryOptions {
  readonly rules: readonly EntryRule[];
  readonly gate: Gate;
  readonly limits: ClientLimits;
  readonly tally: Tally;
  /** Takes what is not answered here. */
  readonly cold: ColdHandler;
}

const NO_BODY = Buffer.alloc(0);

/**
 * The way in to everything but reads on the hot path: refuses what can be refused by the head of a request, and hands
 * it on when its body has come. Nobody else ever waits for a client that sends slowly.
 */
export class ColdEntry {
  readonly #table: RouteTable<EntryRule>;
  readonly #options: EntryOptions;
  readonly #settings: () => EntrySettings;

  constructor(options: EntryOptions, settings: () => EntrySettings) {
    this.#table = new RouteTable(options.rules);
    this.#options = options;
    this.#settings = settings;
  }

  /** @param target undefined where it cannot be read */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    target: RequestTarget | undefined,
    host: HostVerdict,
  ): void {
    const rule = target && this.#rule(request, target);
    // No browser is to take for a page what an answer repeats of names and texts.
    response.setHeader("X-Content-Type-Options", "nosniff");
    try {
      if (target === undefined) throw targetError();
      refuseSecondHost(request);
      if (rule === undefined) this.#options.cold(request, response, NO_BODY);
      else this.#enter(request, response, rule, host);
    } catch (error) {
      if (!VexilError.is(error)) throw error;
      this.#refuse(request, response, rule, error);
    }
  }

  #rule(request: IncomingMessage, { segments }: RequestTarget): EntryRule | undefined {
    const routes = this.#table.match(segments)?.routes;
    if (routes === undefined) return undefined;
    return routes.get(request.method ?? "") ?? [...routes.values()].find(({ anyMethod }) => anyMethod);
  }

  #enter(request: IncomingMessage, response: ServerResponse, rule: EntryRule, host: HostVerdict): void {
    const { cors, trustedOrigins } = this.#settings();
    // A forge proves itself, whatever name leads it here.
    const isForeign = host === "foreign" && rule.access !== "forge";
    const isGuarded = rule.changes || rule.ownPages;
    if (isForeign || (isGuarded && host !== "own")) throw foreignHostError(request);
    if (isGuarded) refuseForeignPage(request, cors, trustedOrigins);
    if (isGitPath(rule.path)) takeBasic(request.headers);
    const admission = this.#options.gate.admit(rule.access, request.headers);
    if (!(admission instanceof Promise)) this.#enterAs(admission, request, response, rule);
    else
      admission
        .then((known) => this.#enterAs(known, request, response, rule))
        .catch((error: unknown) => this.#refuse(request, response, rule, shownError(error)));
  }

  #enterAs({ admitted }: Admission, request: IncomingMessage, response: ServerResponse, rule: EntryRule): void {
    if (!needsBody(request, rule)) {
      // Whoever comes there with a session that is over is told to forget it.
      if (!admitted && !rule.path.startsWith("/auth/v1/")) throw unauthenticatedError();
      this.#options.cold(request, response, NO_BODY);
      return;
    }
    const limit = admitted ? rule.bodyLimit : UNKNOWN_SENDER_LIMIT_BYTES;
    readBody(request, limit, this.#options.limits.bodies, (refused, body) => {
      // That a body is no JSON is said to anybody, so a small one is looked at in any case.
      if (refused === undefined) this.#options.cold(request, response, body);
      else {
        // What is left of the body is not read, so the connection cannot be used again.
        response.setHeader("Connection", "close");
        this.#refuse(request, response, rule, admitted ? refused : unauthenticatedError());
      }
    });
  }

  #refuse(request: IncomingMessage, response: ServerResponse, rule: EntryRule | undefined, error: VexilError): void {
    if (response.headersSent || response.destroyed) return;
    const { tally } = this.#options;
    countRefusal(tally, error);
    countRequest(tally, rule?.path ?? "", request.method ?? "", errorStatus(error).status);
    answeredIds(request, response);
    if (error.code === "VEXIL_REFUSED_UNAUTHENTICATED") comeAgain(request, response);
    sendProblem(request, response, error);
  }
}

function needsBody(request: IncomingMessage, { body }: EntryRule): boolean {
  if (body === "none" || (body === "signed" && !isSigned(request.headers))) return false;
  const length = request.headers["content-length"];
  return request.headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) !== 0);
}

/** Two names are nobody's (RFC 9112 §3.2). */
function refuseSecondHost({ rawHeaders }: IncomingMessage): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === "host") hosts += 1;
  }
  if (hosts > 1) throw new VexilError("VEXIL_VALIDATION_REQUEST", "the request has more than one Host header");
}
