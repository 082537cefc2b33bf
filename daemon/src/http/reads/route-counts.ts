import type { HotRoute } from "../hot-route.js";
import { type Cell, type Latency, series, type Tally } from "./tally.js";

/** Counts the requests of one route: how many by status, and how long they took. */
export class RouteCounts {
  readonly #tally: Tally;
  readonly #labels: readonly [route: string, method: string];
  readonly #byStatus = new Map<number, Cell>();
  readonly #latency: Latency;

  constructor(tally: Tally, route: string, method: string) {
    this.#tally = tally;
    this.#labels = [route, method];
    this.#latency = tally.latency(series("http_duration", route, method));
  }

  /** @param started when the request's head had come (`performance.now()`) */
  count(status: number, started: number): void {
    const cell = this.#byStatus.get(status) ?? this.#cell(status);
    cell.value += 1;
    this.#latency.observe(performance.now() - started);
  }

  #cell(status: number): Cell {
    const cell = this.#tally.cell(series("http_requests", ...this.#labels, String(status)));
    this.#byStatus.set(status, cell);
    return cell;
  }
}

/** The template of each route of the hot path. */
export const HOT_ROUTES = {
  boolean: "/evaluate/v1/boolean",
  variant: "/evaluate/v1/variant",
  batch: "/evaluate/v1/batch",
  "ofrep-flag": "/ofrep/v1/evaluate/flags/{key}",
  "ofrep-bulk": "/ofrep/v1/evaluate/flags",
  snapshot: "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot",
  stream: "/client/v2/environments/{environment}/namespaces/{namespace}/stream",
  "ofrep-stream": "/ofrep/v1/_stream/{environment}/{namespace}/events",
} as const satisfies Record<HotRoute["type"], string>;

/** The counts of the hot path's routes. One that nobody asks for has none. */
export class HotRouteCounts {
  readonly #tally: Tally;
  readonly #known: Partial<Record<HotRoute["type"], RouteCounts>> = {};

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  of({ type, method }: HotRoute): RouteCounts {
    const known = this.#known[type];
    if (known !== undefined) return known;
    const made = new RouteCounts(this.#tally, HOT_ROUTES[type], method);
    this.#known[type] = made;
    return made;
  }
}

/** Counts a request on a route that is not asked for often; an empty route is none that there is. */
export function countRequest(tally: Tally, route: string, method: string, status: number, started?: number): void {
  tally.count(series("http_requests", route, method, String(status)));
  if (started !== undefined) tally.observe(series("http_duration", route, method), performance.now() - started);
}
