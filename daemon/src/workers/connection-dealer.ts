import { createServer, type Server, type Socket } from "node:net";
import { hrtime } from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { type ListenTarget, listen } from "../http/listen.js";
import type { WorkerHandle } from "./worker-handle.js";

/** A connection that no worker has taken by then is offered to another; workers themselves take none this old. */
const OFFER_AGAIN_MS = 2000;
const LOOK_MS = 250;
/** Connections that no worker has taken yet; more are closed at once, while all workers stand still or start anew. */
const MOST_HELD = 10_000;
/** A worker that has said nothing for this long is offered connections only where all are silent. */
const SILENT_MS = 2000;

interface Offer {
  readonly socket: Socket;
  readonly worker: WorkerHandle;
  readonly offeredAt: number;
}

/** The clock that all processes of a machine share, in milliseconds. */
export const sharedClock = (): number => Number(hrtime.bigint() / 1000n) / 1000;

/**
 * Accepts connections, and deals each to the worker that has the fewest. It is kept here, unread, until a worker says
 * that it has taken it: one that is on its way to a worker that dies or stops goes to another.
 */
export class ConnectionDealer {
  readonly #server: Server;
  readonly #workers: () => Iterable<WorkerHandle>;
  readonly #offers = new Map<number, Offer>();
  /** Those that no worker can be offered now. */
  readonly #waiting: Socket[] = [];
  /** Which worker was dealt to when: of those with as few connections it is the turn of the one before all others. */
  readonly #dealt = new WeakMap<WorkerHandle, number>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(workers: () => Iterable<WorkerHandle>, mostHeld = MOST_HELD) {
    this.#workers = workers;
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
      socket.on("error", () => {});
      // The engine would have this server ask the workers after each of its connections.
      (socket as { server?: unknown }).server = undefined;
      this.#deal(socket);
    });
    this.#server.maxConnections = mostHeld;
  }

  /**
   * Connections that come before a worker serves wait for one.
   * @throws VexilError VEXIL_UNAVAILABLE_ADDRESS
   */
  async listen(target: ListenTarget, portSetting: string): Promise<Server> {
    await listen(this.#server, target, portSetting);
    return this.#server;
  }

  /** A worker has taken what it was offered, or will not. */
  answered(id: number, isTaken: boolean): void {
    const offer = this.#offers.get(id);
    this.#offers.delete(id);
    if (isTaken) offer?.socket.destroy();
    else if (offer !== undefined) this.#deal(offer.socket);
  }

  /** A worker has come or gone. */
  changed(): void {
    for (const [id, { worker }] of this.#offers) if (!worker.alive) this.answered(id, false);
    for (const socket of this.#waiting.splice(0)) this.#deal(socket);
  }

  /** Accepts no more; what no worker was offered is closed. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #deal(socket: Socket): void {
    if (!this.#server.listening) {
      socket.destroy();
      return;
    }
    const worker = this.#next();
    if (worker === undefined) {
      this.#waiting.push(socket);
      return;
    }
    this.#count += 1;
    this.#dealt.set(worker, this.#count);
    const offeredAt = sharedClock();
    this.#offers.set(this.#count, { socket, worker, offeredAt });
    worker.offer({ type: "connection", id: this.#count, offeredAt }, socket);
    this.#timer ??= setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  #next(): WorkerHandle | undefined {
    const offered = new Map<WorkerHandle, number>();
    for (const { worker } of this.#offers.values()) offered.set(worker, (offered.get(worker) ?? 0) + 1);
    const load = (worker: WorkerHandle): number => worker.connections + (offered.get(worker) ?? 0);
    const turn = (worker: WorkerHandle): number => this.#dealt.get(worker) ?? 0;
    const speaking = this.#serving.filter(isSpeaking);
    const candidates = speaking.length > 0 ? speaking : this.#serving;
    return candidates.sort((a, b) => load(a) - load(b) || turn(a) - turn(b))[0];
  }

  get #serving(): WorkerHandle[] {
    return [...this.#workers()].filter(({ alive, isListening }) => alive && isListening);
  }

  async #look(): Promise<void> {
    const oldest = sharedClock() - OFFER_AGAIN_MS;
    // What workers said while this process was busy is still to be read: a connection is not to have two.
    await turn();
    await turn();
    // Where all are silent, each offer more would only be one more to be refused when they go on.
    const canOffer = this.#serving.some(isSpeaking);
    for (const [id, { offeredAt }] of this.#offers) if (canOffer && offeredAt < oldest) this.answered(id, false);
    if (this.#offers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const isSpeaking = ({ silentMs }: WorkerHandle): boolean => silentMs < SILENT_MS;
