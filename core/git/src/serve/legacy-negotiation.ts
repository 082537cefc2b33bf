import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import { CommonCommits } from "./negotiation.js";
import type { RequestPackets } from "./request-packets.js";
import { badRequest } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";
import type { WantedObjects } from "./wanted-objects.js";

/** Answer to what a client has. */
export interface Negotiated {
  readonly answers: readonly string[];
  /** The pack follows. */
  readonly isEnded: boolean;
}

/** How versions 0 and 1 find out what both have (gitprotocol-pack(5), "Packfile Negotiation"), by HTTP. */
export class LegacyNegotiation {
  readonly common: CommonCommits;
  readonly #wanted: WantedObjects;
  readonly #style: "detailed" | "multi" | "plain";
  readonly #skipsDone: boolean;

  constructor(graph: CommitGraph, source: UploadSource, wanted: WantedObjects, features: ReadonlySet<string>) {
    this.common = new CommonCommits(graph, source);
    this.#wanted = wanted;
    const isMulti = features.has("multi_ack") ? "multi" : "plain";
    this.#style = features.has("multi_ack_detailed") ? "detailed" : isMulti;
    this.#skipsDone = features.has("no-done");
  }

  /** Reads what is left of the request. */
  async run(packets: RequestPackets): Promise<Negotiated> {
    const haves: Oid[] = [];
    let ending: string | undefined;
    const pause = timeSlice();
    for (;;) {
      const next = packets.next();
      if (next.type === "end") break;
      // By HTTP an answer comes after each flush, and the rest is said by another request.
      if (next.type !== "data") break;
      const line = Buffer.from(next.payload).toString("utf8").trimEnd();
      const have = /^have ([0-9a-f]{40})$/.exec(line)?.[1];
      if (have !== undefined) haves.push(have);
      else if (line === "done") {
        ending = line;
        break;
      } else throw badRequest(`expected SHA1 list, got '${line.slice(0, 80)}'`);
      await pause();
    }
    return this.#answer(haves, ending !== undefined);
  }

  async #answer(haves: readonly Oid[], isDone: boolean): Promise<Negotiated> {
    const known = await this.common.take(haves);
    const last = known.at(-1);
    const isReady = !isDone && this.#style !== "plain" && last !== undefined && (await this.#suffices());
    const answers = this.#acknowledged(known);
    if (isDone) {
      if (last === undefined) answers.push("NAK");
      else if (this.#style !== "plain") answers.push(`ACK ${last}`);
      return { answers, isEnded: true };
    }
    if (isReady) answers.push(`ACK ${last} ${this.#style === "detailed" ? "ready" : "continue"}`);
    if (last === undefined || this.#style !== "plain") answers.push("NAK");
    if (!isReady || !this.#skipsDone || this.#style !== "detailed") return { answers, isEnded: false };
    return { answers: [...answers, `ACK ${last}`], isEnded: true };
  }

  #acknowledged(known: readonly Oid[]): string[] {
    if (this.#style === "plain") return known.slice(0, 1).map((oid) => `ACK ${oid}`);
    return known.map((oid) => `ACK ${oid} ${this.#style === "detailed" ? "common" : "continue"}`);
  }

  async #suffices(): Promise<boolean> {
    for (const type of this.#wanted.others.values()) if (type !== "tag") return false;
    return this.common.suffices(this.#wanted.commits);
  }
}
