import { HOSTILE_KINDS, hostileFile } from "../../helpers/files/hostile-files.js";
import type { FaultServer } from "../../helpers/git-servers/fault-server.js";
import type { TemporaryRepository } from "../../helpers/repositories/temporary-repository.js";
import type { Random } from "../random.js";
import { hostileFetch, hostileRefs } from "./hostile-packs.js";
import type { CaseKind } from "./hostile-report.js";
import { sendHostileRequest } from "./hostile-requests.js";
import type { StepAnswer, StepLog } from "./step-log.js";

/** More than a storage's time for slow files is enough for: what is left over has to be refused in good order. */
const FILES_OF_A_COMMIT = 500;
const REQUESTS_AT_ONCE = 16;
const KINDS_NAMED = 6;
const nothing = (): string => "";

/** Daemon that cases are fed to, for as long as `isOver` says no. */
export interface Feed {
  readonly url: string;
  readonly ask: (method: string, path: string, body?: unknown) => Promise<StepAnswer>;
  readonly isOver: () => boolean;
  readonly onDone: (kind: CaseKind, count: number) => void;
  readonly log: StepLog;
}

/** A repository of hostile files, of which each commit takes the ones before away. */
export class HostileRepository {
  readonly #repository: TemporaryRepository;
  /** Hostile files by branch. */
  readonly #there = new Map<string, readonly string[]>();

  constructor(repository: TemporaryRepository) {
    this.#repository = repository;
  }

  /** Commits files, has them served or refused, and reads and writes beside them. */
  async feed(feed: Feed, random: Random, count: number): Promise<void> {
    const { ask, log } = feed;
    for (let left = count; left > 0 && !feed.isOver(); left -= FILES_OF_A_COMMIT) {
      const now = Math.min(left, FILES_OF_A_COMMIT);
      const branch = random.chance(0.3) ? `flipt/hostile/b${random.below(3)}` : "main";
      const kinds = await this.#commit(branch, random, now);
      await log.run(
        "sync of hostile files",
        () => `${branch}: ${kinds}`,
        () => ask("POST", "/api/storages/hostile/sync?wait=true", {}),
      );
      // Its templates and its past are untrusted, too.
      const payload = { "@type": "flipt.core.Flag", key: "h", name: `H${left}`, type: "VARIANT_FLAG_TYPE" };
      await log.run("write beside hostile files", nothing, () =>
        ask("PUT", "/api/v2/environments/hostile/namespaces/hostile/resources", { key: "h", payload }),
      );
      await log.run("history of hostile files", nothing, () =>
        ask("GET", "/api/v2/environments/hostile/history?limit=3"),
      );
      feed.onDone("files", now);
    }
  }

  async #commit(branch: string, random: Random, count: number): Promise<string> {
    const changes: Record<string, string | Uint8Array | undefined> = {};
    const kinds = new Set<string>();
    for (const path of this.#there.get(branch) ?? []) changes[path] = undefined;
    for (let index = 0; index < count; index += 1) {
      const { kind, name, content } = hostileFile(random.pick(HOSTILE_KINDS), sizeOf(random), random);
      if (content.length > 100_000) kinds.add(`${kind} (${content.length})`);
      changes[name === "flipt.yaml" ? name : `d${index}/${name}`] = content;
    }
    const there = Object.keys(changes).filter((path) => changes[path] !== undefined);
    if (branch !== "main" && (await this.#repository.head(branch)) === undefined) {
      await this.#repository.git("branch", branch, "main");
    }
    await this.#repository.commit(changes, { branch });
    this.#there.set(branch, there);
    return [...kinds].slice(0, KINDS_NAMED).join(", ");
  }
}

/** A remote whose server answers as it is told to. */
export interface Wire {
  /** The storage that follows it. */
  readonly storage: string;
  readonly repository: TemporaryRepository;
  readonly server: FaultServer;
}

/** Lets a remote answer with hostile packs and ref lists. */
export async function feedWire(
  feed: Feed,
  random: Random,
  counts: { readonly packs: number; readonly refs: number },
  { storage, repository, server }: Wire,
): Promise<void> {
  const mark = random.below(1e9);
  const kinds = [...Array<"packs">(counts.packs).fill("packs"), ...Array<"refs">(counts.refs).fill("refs")];
  for (const [index, type] of kinds.entries()) {
    if (feed.isOver()) return;
    // There has to be something to fetch.
    if (type === "packs") await repository.commit({ "wire.txt": `${mark} ${index}` });
    let kind = type as string;
    await server.fail({
      type: "rewrite",
      on: [type === "packs" ? "fetch" : "refs"],
      rewrite: (body) => {
        const hostile = type === "packs" ? hostileFetch(random) : hostileRefs(random, body, storage);
        kind = hostile.kind;
        return hostile.body;
      },
    });
    await feed.log.run(
      `sync of hostile ${type === "packs" ? "packs" : "ref lists"}`,
      () => kind,
      () => feed.ask("POST", `/api/storages/${storage}/sync?wait=true`, {}),
    );
    feed.onDone(type, 1);
  }
}

/** Sends hostile requests, a few at once. */
export async function feedRequests(feed: Feed, random: Random, count: number): Promise<void> {
  let left = count;
  const feeder = async (): Promise<void> => {
    while (left > 0 && !feed.isOver()) {
      left -= 1;
      await sendHostileRequest(feed.url, random);
      feed.onDone("requests", 1);
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, feeder));
}

/** Mostly small; now and then as large as a file may well be. */
function sizeOf(random: Random): number {
  const chance = random.next();
  if (chance < 0.9) return Math.floor(200 * 100 ** random.next());
  return Math.floor(chance < 0.99 ? 20_000 * 10 ** random.next() : 200_000 * 10 ** random.next());
}
