import type { IncomingMessage, ServerResponse } from "node:http";
import type { Engine } from "@vexil/engine/model/engine";
import type { ColdHandler } from "./cold-handler.js";
import type { CreateFlag } from "./reads/evaluations.js";

/** The part of the hot path that the edge asks. */
export interface HotHandler {
  /** @returns false if the request is none of these */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Spans of requests, in whichever process answers them. */
export interface RequestTracing {
  hot(path: HotHandler): HotHandler;
  cold(handler: ColdHandler): ColdHandler;
  /** Does what a request has begun, when an event of its connection goes on with it: those know of no context. */
  within(request: IncomingMessage, work: () => void): void;
  /** Starts what goes on with promises, so that the span of the call that starts it goes along. */
  later<T>(work: () => Promise<T>): Promise<T>;
  /** The route of a request is known now. */
  routed(request: IncomingMessage, route: string): void;
  /** The request goes on in another process: its span there is a child of the one here. */
  handOver(request: IncomingMessage): void;
}

/** Traces of what is served over HTTP. */
export interface ServedTracing {
  readonly requests: RequestTracing;
  /** Flags that tell of their evaluations. */
  readonly createFlag: (revisionOf: RevisionOf) => CreateFlag;
  /** An engine whose writes have spans. */
  engine(engine: Engine): Engine;
  /**
   * A state is served by every process.
   * @param since,until epoch milliseconds
   */
  published(environment: string, revision: string, since: number, until: number): void;
}

/** The revision that is served of an environment. */
export type RevisionOf = (environment: string) => string | undefined;
