import { setTimeout as delay } from "node:timers/promises";
import { evaluated, NAMESPACES, type Namespace } from "./fleet-client.js";
import type { FleetMember } from "./fleet-member.js";

const BETWEEN_MS = 40;
/** Workers of one daemon have a change within that of each other. */
const TOGETHER_MS = 5_000;

interface Highest {
  readonly value: number;
  readonly at: number;
}

/**
 * Asks a member again and again. A process that has answered once answers for as long as it lives, whoever else is away,
 * and what it answers with never goes back.
 */
export class FleetReader {
  /** Answers that came. */
  reads = 0;
  /** Answers that came only when asked for again, as clients do whose connection is cut. */
  repeats = 0;
  readonly problems: string[] = [];
  readonly #member: FleetMember;
  #served = 0;
  #highest = new Map<Namespace, Highest>();

  constructor(member: FleetMember) {
    this.#member = member;
  }

  async run(until: AbortSignal): Promise<void> {
    for (let turn = 0; !until.aborted; turn += 1) {
      await this.#read(NAMESPACES[turn % NAMESPACES.length] ?? "default");
      await delay(BETWEEN_MS);
    }
  }

  async #read(namespace: Namespace): Promise<void> {
    const { name, url, generation } = this.#member;
    if (generation === undefined) return;
    const failed = (error: unknown): undefined => {
      lastError = error;
    };
    let lastError: unknown;
    let value = await evaluated(url, namespace).catch(failed);
    if (value === undefined && this.#member.generation === generation && this.#served === generation) {
      this.repeats += 1;
      value = await evaluated(url, namespace).catch(failed);
    }
    if (this.#member.generation !== generation) return;
    if (value !== undefined) this.#take(generation, namespace, value);
    else if (this.#served === generation) this.problems.push(`${name} does not answer: ${describe(lastError)}`);
  }

  #take(generation: number, namespace: Namespace, value: number): void {
    if (this.#served !== generation) this.#highest = new Map();
    this.#served = generation;
    this.reads += 1;
    const now = performance.now();
    const highest = this.#highest.get(namespace);
    if (highest === undefined || value > highest.value) this.#highest.set(namespace, { value, at: now });
    else if (value < highest.value && now - highest.at > TOGETHER_MS)
      this.problems.push(`${this.#member.name} went back from n${highest.value} to n${value} of ${namespace}`);
  }
}

function describe(error: unknown): string {
  return String((error as Error | undefined)?.cause ?? error);
}
