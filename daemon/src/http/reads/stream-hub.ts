import type { VexilError } from "@vexil/plugin-api/errors";
import { permissionError } from "../rights/refusals.js";
import { preparedNamespace } from "./prepared-namespace.js";
import type { ReadSnapshots } from "./read-snapshots.js";
import { Subscriber, type SubscriberOptions } from "./subscriber.js";

export interface StreamHubOptions {
  readonly snapshots: ReadSnapshots;
  readonly heartbeatMs?: number | undefined;
  /** How long one write may wait for its reader. */
  readonly stallMs?: number | undefined;
  /** A message has been written. */
  readonly sent?: (environment: string, namespace: string) => void;
  /** A subscriber was dropped because it does not read. */
  readonly dropped?: (environment: string, namespace: string) => void;
  /** Tells whether streams may have to end by themselves, as what allows them holds for a time only. */
  readonly isForATime?: () => boolean;
}

/** Streams are looked at this often where what allows them ends by itself. */
const REVIEW_MS = 1000;

/** Changes this close together are one. */
const TOGETHER_MS = 50;

/** Writes in a row before other requests get their turn. */
const WRITES_IN_A_ROW = 200;

/** All open streams. A new state goes to each subscriber of its namespace; nobody waits for a slow one. */
export class StreamHub {
  readonly #options: StreamHubOptions;
  readonly #topics = new Map<string, Set<Subscriber>>();
  readonly #timers: readonly NodeJS.Timeout[];
  #review: NodeJS.Timeout | undefined;
  #closed = false;
  #size = 0;

  constructor(options: StreamHubOptions) {
    this.#options = options;
    const stallMs = options.stallMs ?? 15_000;
    this.#timers = [
      setInterval(() => this.#each((subscriber) => subscriber.heartbeat()), options.heartbeatMs ?? 15_000),
      setInterval(() => this.#dropStalled(stallMs), Math.min(1000, stallMs / 2)),
      setInterval(() => options.isForATime?.() === true && this.review(), REVIEW_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Number of subscribers: `[environment, namespace, count]`. Those of namespaces that do not exist, whose names are
   * clients' inventions, count together, under an empty one.
   */
  counts(): readonly (readonly [string, string, number])[] {
    const counts: [string, string, number][] = [];
    const inventions = new Map<string, number>();
    for (const [topic, { size }] of this.#topics) {
      const [environment = "", namespace = ""] = topic.split("\u0000");
      if (this.#options.snapshots.get(environment)?.snapshot?.namespaces.has(namespace) === true)
        counts.push([environment, namespace, size]);
      else inventions.set(environment, (inventions.get(environment) ?? 0) + size);
    }
    return [...counts, ...[...inventions].map(([environment, size]) => [environment, "", size] as const)];
  }

  /**
   * Opens a stream: headers at once, then the state that differs from `digest`, then every new one.
   * @returns what ends it with an error
   */
  open(options: Omit<SubscriberOptions, "sent" | "current">): (error: VexilError) => void {
    const { environment, namespace } = options;
    const subscriber = new Subscriber({
      ...options,
      sent: () => this.#options.sent?.(environment, namespace),
      current: () => this.#current(environment, namespace),
    });
    const topic = `${environment}\u0000${namespace}`;
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers.add(subscriber));
    this.#size += 1;
    options.response.once("close", () => {
      if (!subscribers.delete(subscriber)) return;
      this.#size -= 1;
      if (subscribers.size === 0 && this.#topics.get(topic) === subscribers) this.#topics.delete(topic);
    });
    subscriber.start();
    if (this.#closed) subscriber.end();
    return (error) => subscriber.fail(error);
  }

  /** The namespaces have a new state, which is stored already. */
  publish(environment: string, namespaces: Iterable<string>): void {
    for (const namespace of namespaces) {
      const subscribers = this.#topics.get(`${environment}\u0000${namespace}`);
      if (subscribers !== undefined) this.#deliver([...subscribers], 0);
    }
  }

  /** The environment is gone: its streams end. */
  endEnvironment(environment: string, error: VexilError): void {
    for (const [topic, subscribers] of this.#topics) {
      if (topic.startsWith(`${environment}\u0000`)) for (const subscriber of [...subscribers]) subscriber.fail(error);
    }
  }

  /** Ends the streams whose clients may not have them any more: changes that come together are looked at once. */
  review(): void {
    this.#review ??= setTimeout(() => {
      this.#review = undefined;
      this.#each((subscriber) => subscriber.review(permissionError));
    }, TOGETHER_MS).unref();
  }

  /** Ends every stream, and each one opened later. */
  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#review);
    this.#each((subscriber) => subscriber.end());
  }

  #deliver(subscribers: readonly Subscriber[], from: number): void {
    const end = Math.min(from + WRITES_IN_A_ROW, subscribers.length);
    for (let index = from; index < end; index++) subscribers[index]?.wake();
    if (end < subscribers.length) setImmediate(() => this.#deliver(subscribers, end));
  }

  #current(environment: string, namespace: string): ReturnType<SubscriberOptions["current"]> {
    const state = this.#options.snapshots.get(environment)?.snapshot?.namespaces.get(namespace);
    return state === undefined ? undefined : preparedNamespace(state);
  }

  #dropStalled(stallMs: number): void {
    const before = performance.now() - stallMs;
    this.#each((subscriber) => {
      if (!subscriber.isStalledSince(before)) return;
      this.#options.dropped?.(subscriber.environment, subscriber.namespace);
      subscriber.drop();
    });
  }

  #each(visit: (subscriber: Subscriber) => void): void {
    for (const subscribers of this.#topics.values()) for (const subscriber of [...subscribers]) visit(subscriber);
  }
}
