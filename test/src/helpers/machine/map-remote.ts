import type { FetchRequest, FetchResult, PushRequest, PushResult, Remote, RemoteRefs } from "@vexil/git/remote/remote";
import { openRepository } from "@vexil/git/repository";
import type { Oid, RefName } from "@vexil/plugin-api";
import { mapBackend } from "../plugins/map-backend.js";

const AUTHOR = { name: "somebody", email: "somebody@example.com" };

/** A remote repository within the test, which does what it is told and says what it was asked. */
export class MapRemote implements Remote {
  readonly displayUrl = "https://git.example.com/flags.git";
  readonly backend = mapBackend();
  /** `+list -list +push …`, so that overlap is visible. */
  readonly asked: string[] = [];
  /** Step before an answer: nothing, an error that is thrown, or a promise that is waited for. */
  before: (step: "list" | "fetch" | "push", signal: AbortSignal) => Promise<void> | undefined = () => undefined;
  /** The reason for which a push of these commits is refused; undefined: it is taken. */
  refuses: (push: PushRequest) => string | undefined = () => undefined;
  readonly #repository = openRepository(this.backend);

  /** Somebody else commits to a branch. */
  async commit(files: Readonly<Record<string, string | undefined>>, branch = "main"): Promise<Oid> {
    const ref = `refs/heads/${branch}`;
    const parent = this.backend.heads.get(ref);
    const commit = parent === undefined ? undefined : await this.#repository.readCommit(parent);
    const made = await this.#repository.makeCommit({
      parents: parent === undefined ? [] : [parent],
      baseTree: commit?.tree,
      changes: new Map(
        Object.entries(files).map(([path, text]) => [
          path,
          text === undefined ? undefined : new TextEncoder().encode(text),
        ]),
      ),
      author: AUTHOR,
      message: "change by hand",
      timestampMs: 0,
      instance: "somebody",
    });
    await this.backend.objects.write(made.objects);
    this.backend.heads.set(ref, made.oid);
    return made.oid;
  }

  head(branch = "main"): Oid | undefined {
    return this.backend.heads.get(`refs/heads/${branch}`);
  }

  count(step: string): number {
    return this.asked.filter((asked) => asked === step).length;
  }

  listRefs(prefixes: readonly RefName[], signal: AbortSignal): Promise<RemoteRefs> {
    return this.#answer("list", signal, async () => {
      const refs = [...this.backend.heads].filter(([ref]) => prefixes.some((prefix) => ref.startsWith(prefix)));
      return { refs: new Map(refs), bytes: 100 };
    });
  }

  fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult> {
    return this.#answer("fetch", signal, async () => {
      const objects = [...this.backend.stored.values()];
      await request.store(objects.filter(({ type }) => type !== "commit"));
      await request.store(objects.filter(({ type }) => type === "commit"));
      return { shallow: [], unshallow: [], bytes: 1_000, filtered: false };
    });
  }

  push(request: PushRequest, signal: AbortSignal): Promise<PushResult> {
    return this.#answer("push", signal, async () => {
      const refused = this.refuses(request);
      await this.backend.objects.write(request.objects);
      const refs: [RefName, { ok: true } | { ok: false; reason: string }][] = [];
      for (const update of request.updates) {
        const isMoved = this.backend.heads.get(update.ref) !== update.old;
        if (refused === undefined && !isMoved && update.new !== undefined)
          this.backend.heads.set(update.ref, update.new);
        const reason = refused ?? (isMoved ? "fetch first" : undefined);
        refs.push([update.ref, reason === undefined ? { ok: true } : { ok: false, reason }]);
      }
      return { refs: new Map(refs), messages: "" };
    });
  }

  async close(): Promise<void> {
    this.asked.push("closed");
  }

  async #answer<T>(step: "list" | "fetch" | "push", signal: AbortSignal, answer: () => Promise<T>): Promise<T> {
    this.asked.push(`+${step}`);
    try {
      signal.throwIfAborted();
      await this.before(step, signal);
      return await answer();
    } finally {
      this.asked.push(`-${step}`);
    }
  }
}

/** Never answers; rejects with the signal's reason, as a connection that is cut does. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
