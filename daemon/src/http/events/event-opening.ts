import type { ServerResponse } from "node:http";
import { eventFilter } from "@vexil/engine/sinks/event-filter";
import type { EventReader } from "@vexil/engine/sinks/event-reader";
import type { Caller } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { StreamCaller } from "../../access/stream-caller.js";
import { callerKey } from "../limits/client-limits.js";
import type { StreamSlots } from "../limits/stream-slots.js";
import type { Answer, RouteRequest } from "../route.js";
import { type EventQuery, readEventQuery } from "./event-query.js";
import { EventSight } from "./event-sight.js";
import type { EventSource } from "./event-source.js";
import type { EventStreamParts } from "./event-stream.js";
import type { EventStreamServices } from "./event-stream-services.js";
import { EventStreams } from "./event-streams.js";
import type { HeadStreamParts } from "./head-stream.js";
import { streamStart } from "./stream-start.js";
import type { ToldStream } from "./told-stream.js";

type Parts = EventStreamServices & { readonly events: EventSource };

/** Opens streams: finds what the caller may see, and where it begins. */
export class EventOpening {
  readonly streams: EventStreams;
  readonly #parts: Parts;
  readonly #slots: StreamSlots;
  readonly #reader: EventReader;

  private constructor(parts: Parts, slots: StreamSlots, reader: EventReader) {
    this.#parts = parts;
    this.#slots = slots;
    this.#reader = reader;
    const { decisions, events } = parts;
    this.streams = new EventStreams({ ...parts, reader, clock: events.clock, isForATime: () => decisions.isForATime });
  }

  static async create(parts: EventStreamServices, slots: StreamSlots): Promise<EventOpening> {
    const { events } = parts;
    if (events === undefined) throw new VexilError("VEXIL_INTERNAL_BUG", "this server was given no events to tell");
    return new EventOpening({ ...parts, events }, slots, await events.reader());
  }

  /**
   * The answer to a request, judged.
   * @throws VexilError VEXIL_VALIDATION_REQUEST, VEXIL_REFUSED_PERMISSION, VEXIL_NOT_FOUND, VEXIL_OVERLOADED_STREAMS
   */
  async answer(request: RouteRequest): Promise<Answer> {
    const { gate, snapshots, decisions, refusals, engine, events } = this.#parts;
    const query = readEventQuery(request);
    const { headers, principal, signal } = request;
    const caller = new StreamCaller("token", headers, principal);
    const judged = (): Caller | undefined => gate.judged(caller.principal);
    const wanted = query.filter.environments;
    const sight = new EventSight({ snapshots, decisions, refusals, caller: judged, wanted });
    const environments = await sight.environments();
    requireNamed(query, environments, sight);
    const isHeld = (): boolean => caller.isHeld;
    if (query.tell === "heads") {
      await this.#takeSlot(request);
      return { status: 200, open: (response) => this.#openHeads({ sight, isHeld, response }, caller) };
    }
    const own = await events.keys.own(signal);
    const keys = [own, ...(await events.keys.known())];
    const parts = { reader: this.#reader, past: engine.past, keys, clock: events.clock, signal };
    const start = await streamStart(query, environments, parts);
    await this.#takeSlot(request);
    const isWanted = eventFilter(query.filter);
    const rest = { sight, isWanted, start, key: own, follow: query.follow, isHeld };
    return { status: 200, open: (response) => this.#open({ ...rest, response }, caller) };
  }

  async #takeSlot({ principal, client, signal }: RouteRequest): Promise<void> {
    const release = await this.#slots.take(callerKey(principal) ?? client);
    // A client that goes away before the answer has none.
    signal.addEventListener("abort", release, { once: true });
    if (signal.aborted) release();
  }

  #open(parts: Omit<EventStreamParts, "reader" | "states" | "closed">, caller: StreamCaller): void {
    this.#watch(this.streams.open(parts), parts.response, caller);
  }

  #openHeads(parts: Omit<HeadStreamParts, "snapshots" | "closed">, caller: StreamCaller): void {
    this.#watch(this.streams.openHeads(parts), parts.response, caller);
  }

  #watch(stream: ToldStream, response: ServerResponse, caller: StreamCaller): void {
    const end = (error: VexilError): void => stream.fail(error);
    // What its caller may do can have changed meanwhile, and nobody has heard of this stream yet.
    this.#parts.gate.watch({ caller, response, end, review: () => void stream.review() }, false);
  }
}

/** @throws VexilError where an environment that is named is not there, or nothing may be seen */
function requireNamed({ filter }: EventQuery, seen: ReadonlySet<string>, sight: EventSight): void {
  const named = filter.environments?.find((name) => !name.includes("*") && !seen.has(name));
  if (sight.isJudged && (named !== undefined || seen.size === 0)) sight.rights.refuse("read", named);
  if (named !== undefined) throw new VexilError("VEXIL_NOT_FOUND", `environment: "${named}" not found`);
}
