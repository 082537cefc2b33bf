import { integer, size } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { ServerLimits } from "../config.js";

const COUNT = 1_000_000_000;

/** Limits that one daemon sets its clients, all its workers together unless a description says otherwise. */
export const limits = z
  .object({
    batch_items: integer(1, COUNT).prefault(10_000).describe("Items of one batch, and flags chosen of an OFREP bulk."),
    answer_bytes: size().prefault("64MB").describe("The answer of one batch or OFREP bulk."),
    waiting_answer_bytes: size()
      .prefault("256MB")
      .describe("Large answers that clients have not read yet; the workers have equal parts of it."),
    waiting_body_bytes: size()
      .prefault("64MB")
      .describe("Large bodies that have not arrived whole; the workers have equal parts of it."),
    streams: integer(1, COUNT).prefault(20_000).describe("Streams open at the same time."),
    streams_per_client: integer(1, COUNT)
      .prefault(2_000)
      .describe("Those of one client: a token, or an address where none was needed."),
    connections_per_address: integer(1, COUNT)
      .prefault(4_000)
      .describe("Connections of one address, and its requests by HTTP/2; trusted_proxies may have any number."),
    requests_per_second: integer(0, COUNT)
      .prefault(0)
      .describe("Requests of one client, a token or an address; 0: any number. Health is always answered."),
  })
  .prefault({});

export function serverLimits(section: z.output<typeof limits>): ServerLimits {
  return {
    batchItems: section.batch_items,
    answerBytes: section.answer_bytes,
    waitingAnswerBytes: section.waiting_answer_bytes,
    waitingBodyBytes: section.waiting_body_bytes,
    streams: section.streams,
    streamsPerClient: section.streams_per_client,
    connectionsPerAddress: section.connections_per_address,
    requestsPerSecond: section.requests_per_second,
  };
}
