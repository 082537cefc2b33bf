import type { IncomingMessage, ServerResponse } from "node:http";

/** Answers a request whose body, as far as the answer depends on it, is there. */
export type ColdHandler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;
