import type { IncomingMessage } from "node:http";
import type { ServerLimits } from "@vexil/config/config";
import type { Network } from "@vexil/config/network";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { Gate } from "../../access/gate.js";
import type { Principal } from "../../access/principal.js";
import { isPlainProbe } from "../edge/health.js";
import { ClientAddresses } from "./client-address.js";
import { ConnectionLimit } from "./connection-limit.js";
import { RequestRate } from "./request-rate.js";
import { SharedCounts, type TellCounts } from "./shared-counts.js";
import { CountedSlots, type StreamSlots } from "./stream-slots.js";
import { UnreadAnswers } from "./unread-answers.js";
import { WaitingBodies } from "./waiting-bodies.js";

/** The limits in force; they may change while the server runs. */
export interface LimitSettings {
  readonly limits: ServerLimits;
  readonly trustedProxies: readonly Network[];
  /** Processes that share the limits. */
  readonly workers: number;
}

/** How the processes of a daemon share what is limited for all of them together. */
export interface LimitSharing {
  readonly streams: StreamSlots;
  readonly tell: (name: SharedName, counts: Parameters<TellCounts>[0]) => void;
}

/** Counts that processes exchange. */
export type SharedName = "connections" | "requests";

/** Limits that one process sets its clients, from `server.limits`. */
export class ClientLimits {
  readonly addresses: ClientAddresses;
  readonly connections: ConnectionLimit;
  readonly streams: StreamSlots;
  readonly bodies: WaitingBodies;
  readonly answers: UnreadAnswers;
  readonly #settings: () => LimitSettings;
  readonly #counts: SharedCounts;
  readonly #rate: RequestRate;

  /** @param sharing absent: this process is the only one */
  constructor(settings: () => LimitSettings, sharing?: LimitSharing) {
    this.#settings = settings;
    const limits = (): ServerLimits => settings().limits;
    const tell = (name: SharedName): TellCounts | undefined =>
      sharing === undefined ? undefined : (counts) => sharing.tell(name, counts);
    const part = (bytes: number): number => bytes / settings().workers;
    this.addresses = new ClientAddresses(() => settings().trustedProxies);
    this.#counts = new SharedCounts(
      () => limits().connectionsPerAddress / (2 * settings().workers),
      tell("connections"),
    );
    this.connections = new ConnectionLimit(this.addresses, this.#counts, () => limits().connectionsPerAddress);
    this.streams = sharing?.streams ?? new CountedSlots(limits);
    this.bodies = new WaitingBodies(() => part(limits().waitingBodyBytes));
    this.answers = new UnreadAnswers(() => part(limits().waitingAnswerBytes));
    this.#rate = new RequestRate(() => limits().requestsPerSecond, tell("requests"));
  }

  get batchItems(): number {
    return this.#settings().limits.batchItems;
  }

  get answerBytes(): number {
    return this.#settings().limits.answerBytes;
  }

  /** The key that requests are counted by: the caller that was asked for, else the address. */
  clientOf(principal: Principal | undefined, request: IncomingMessage): string {
    return callerKey(principal) ?? this.addresses.of(request);
  }

  /** Why a request is not answered at all; nearly always undefined. */
  refusal(request: IncomingMessage, gate: Gate): VexilError | undefined {
    const beyond = this.connections.refusal(request);
    if (beyond !== undefined || !this.#rate.isOn || isPlainProbe(request)) return beyond;
    const client = this.clientOf(gate.known(request.headers), request);
    return client === "" ? undefined : this.#rate.refusal(client);
  }

  /** Takes in the counts of another process. */
  hear(process: number, name: SharedName, counts: Parameters<TellCounts>[0]): void {
    if (name === "connections") this.#counts.hear(process, counts);
    else this.#rate.hear(counts);
  }

  /** Another process has ended. */
  forget(process: number): void {
    this.#counts.forget(process);
  }
}

/** The key that a caller is counted by; undefined where none is asked for. */
export function callerKey(principal: Principal | undefined): string | undefined {
  if (principal === undefined) return undefined;
  const { method, provider = "", identity } = principal;
  return `${method} ${provider} ${identity.subject}`;
}
