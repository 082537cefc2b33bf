import { randomUUID } from "node:crypto";
import {
  type Backend,
  type BackendContext,
  ExpiringLeases,
  type Lease,
  type ObjectStore,
  type Oid,
  type ShallowList,
} from "@vexil/plugin-api";
import { ChangeListener } from "./change-listener.js";
import { checkServer } from "./check-server.js";
import { DataIdentity } from "./data-identity.js";
import { LeaseKeys } from "./lease-keys.js";
import { ObjectHash } from "./object-hash.js";
import { pruneObjects } from "./prune-objects.js";
import { Redis } from "./redis.js";
import { openingError } from "./redis-error.js";
import { RefHash } from "./ref-hash.js";
import type { Settings } from "./settings.js";
import { ShallowSet } from "./shallow-set.js";

/** Git's objects and refs of one storage in keys of one server, shared by any number of daemons. */
export class RedisBackend implements Backend {
  readonly objects: ObjectStore;
  readonly refs: RefHash;
  readonly shallow: ShallowList;
  readonly #redis: Redis;
  readonly #leases: ExpiringLeases;
  readonly #listener: ChangeListener;
  #closed: Promise<void> | undefined;

  private constructor(redis: Redis, identity: DataIdentity, context: BackendContext) {
    const { logger, storage } = context;
    const instance = randomUUID();
    this.#redis = redis;
    this.objects = new ObjectHash(redis);
    this.refs = new RefHash(redis, { instance, identity, logger, takesBack: !storage.hasRemote });
    this.shallow = new ShallowSet(redis);
    this.#leases = new ExpiringLeases(new LeaseKeys(redis, instance, logger));
    this.#listener = new ChangeListener(redis, instance, logger);
  }

  /** Connects, looks whether the server can keep a storage, and begins one if it is not there. */
  static async open(settings: Settings, context: BackendContext): Promise<RedisBackend> {
    const { logger, storage, signal, examining = false } = context;
    const redis = new Redis(settings, storage.id, logger);
    try {
      signal.throwIfAborted();
      await checkServer(redis, { isCluster: settings.cluster, hasRemote: storage.hasRemote }, logger);
      const identity = new DataIdentity(redis, storage, logger);
      await identity.open({ make: !examining });
      const backend = new RedisBackend(redis, identity, context);
      // Damage is said at once, and the first swap needs the server's time.
      await backend.refs.list("");
      signal.throwIfAborted();
      return backend;
    } catch (error) {
      await redis.close();
      throw openingError(error);
    }
  }

  watch(changed: () => void, signal: AbortSignal): void {
    this.#listener.watch(changed, signal);
  }

  prune(
    options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number },
    signal?: AbortSignal,
  ): Promise<void> {
    const refs = async (): Promise<Iterable<Oid>> => (await this.refs.list("", signal)).values();
    const shallow = (): Promise<ReadonlySet<Oid>> => this.shallow.read(signal);
    return pruneObjects(this.#redis, { ...options, refs, shallow }, signal);
  }

  lease(name: string, signal: AbortSignal): Promise<Lease | undefined> {
    return this.#leases.take(name, signal);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    await this.#listener.close();
    await Promise.all([this.#leases.close(), this.refs.close()]);
    await this.#redis.close();
  }
}
