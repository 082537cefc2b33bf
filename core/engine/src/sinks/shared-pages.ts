import { BoundedCache } from "@vexil/git/objects/bounded-cache";
import type { SinkEvent } from "@vexil/plugin-api";

/** Events of a page, and characters of their JSON; one event may be larger. */
const MOST_EVENTS = 500;
const MOST_TEXT = 1_000_000;
/** Characters of all pages that are kept for those who come a little later. */
const KEPT_TEXT = 16_000_000;
/** Size of an event beside its JSON, roughly. */
const EVENT_WEIGHT = 500;

/** An event with its JSON. Both are everybody's: nobody may change them. */
export interface SharedEvent {
  readonly event: SinkEvent;
  readonly text: string;
}

/** Some events of a step, one after the other. */
export interface EventPage {
  readonly events: readonly SharedEvent[];
  /** These are the last of the step. */
  readonly isLast: boolean;
}

/** Pages of events for many: each is made once, as long as it is asked for at about the same time. */
export class SharedPages {
  readonly #kept = new BoundedCache<string, EventPage>(KEPT_TEXT);
  readonly #made = new Map<string, Promise<EventPage>>();
  #count = 0;

  /** Pages that had to be made. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param key of the step: equal ones have equal events
   * @param from events of the step that come before
   * @param open all events of the step
   */
  page(key: string, from: number, open: () => Promise<AsyncIterable<SinkEvent> | undefined>): Promise<EventPage> {
    const name = `${key}\0${from}`;
    const kept = this.#kept.get(name);
    if (kept !== undefined) return Promise.resolve(kept);
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    this.#count += 1;
    const making = open()
      .then((events) => pageFrom(events, from))
      .then((page) => {
        const weight = page.events.reduce((sum, { text }) => sum + text.length + EVENT_WEIGHT, EVENT_WEIGHT);
        this.#kept.set(name, page, weight);
        return page;
      })
      .finally(() => this.#made.delete(name));
    this.#made.set(name, making);
    return making;
  }
}

async function pageFrom(events: AsyncIterable<SinkEvent> | undefined, from: number): Promise<EventPage> {
  const page: SharedEvent[] = [];
  let [place, size] = [0, 0];
  for await (const event of events ?? []) {
    place += 1;
    if (place <= from) continue;
    const text = JSON.stringify(event);
    if (page.length > 0 && (page.length >= MOST_EVENTS || size + text.length > MOST_TEXT)) {
      return { events: page, isLast: false };
    }
    page.push({ event, text });
    size += text.length;
  }
  return { events: page, isLast: true };
}
