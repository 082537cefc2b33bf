import type { Config } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { idFields } from "../../request-ids.js";
import { Burst } from "../../webhooks/burst.js";
import { isFromForge } from "../../webhooks/verify-sender.js";
import { param, type Route, type RouteRequest } from "../route.js";

/** Forges send at most some hundred kilobytes; what they say is not needed anyway. */
const BODY_LIMIT_BYTES = 1_000_000;
/** Of a storage that somebody calls, and that there may not be. */
const NAME_LENGTH = 100;
/** Somebody who guesses secrets does not fill the log. */
const REFUSAL_LOG_MS = 60_000;

export interface HookServices {
  readonly config: () => Config;
  readonly engine: Engine;
  readonly logger: Logger;
}

/**
 * Forges announce pushes here. What they send is a hint to poll and nothing else, so it is not even
 * read: every call that proves itself polls, pings and pushes to other branches too. All others are answered alike,
 * whether there is such a storage, with a webhook or without, or not.
 */
export function hookRoutes({ config, engine, logger }: HookServices): readonly Route[] {
  const bursts = new Map<string, Burst>();
  const refusals = new Map<string, { readonly at: number; repeated: number }>();

  const poll = (id: string): void => {
    // How it ends is an event of the storage, logged there.
    engine.sync(id)?.catch(() => {});
  };

  const logRefusal = (id: string, type: string | undefined, request: RouteRequest): void => {
    // Names that callers invent share one entry.
    const key = type === undefined ? "" : id;
    const last = refusals.get(key);
    if (last !== undefined && performance.now() - last.at < REFUSAL_LOG_MS) {
      last.repeated += 1;
      return;
    }
    refusals.set(key, { at: performance.now(), repeated: 0 });
    const repeated = last === undefined || last.repeated === 0 ? {} : { repeated: last.repeated };
    logEvent(logger, "webhook.refused", {
      storage: id.slice(0, NAME_LENGTH),
      type: type ?? "none",
      ...idFields(request.ids),
      ...repeated,
    });
  };

  return [
    {
      method: "POST",
      path: "/hooks/{storage}",
      summary: "Announces a push: a forge's webhook, signed in the forge's own way.",
      access: "forge",
      action: "none",
      rawBody: true,
      bodyLimit: BODY_LIMIT_BYTES,
      errors: [401],
      answers: { 202: { description: "A poll is on its way.", schema: z.object({ storage: z.string() }) } },
      handle: (request) => {
        const id = param(request, "storage").toLowerCase();
        const webhook = config().storages.get(id)?.webhook;
        if (!isFromForge(webhook, request.headers, request.bytes)) {
          logRefusal(id, webhook?.type, request);
          throw new VexilError(
            "VEXIL_REFUSED_UNAUTHENTICATED",
            `the call does not prove that it knows storage.${id}.webhook.secret, if there is one`,
          );
        }
        logEvent(logger, "webhook.received", { storage: id, ...idFields(request.ids) });
        const burst = bursts.get(id) ?? new Burst(() => poll(id));
        bursts.set(id, burst);
        burst.call();
        return { status: 202, body: { storage: id } };
      },
    },
  ];
}
