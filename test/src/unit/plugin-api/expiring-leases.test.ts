import { ExpiringLeases, type LeaseStore } from "@vexil/plugin-api";
import test from "ava";
import { eventually } from "../../helpers/daemon/daemon.js";

/** A store of leases in memory, as several daemons share one. */
class SharedStore {
  readonly held = new Map<string, { readonly holder: string; readonly until: number }>();
  /** Silent: it does not answer until it is no longer waited for. Deaf: not even then. Away: it refuses at once. */
  trouble: "silent" | "deaf" | "away" | undefined;

  of(daemon: string, lost: string[] = []): LeaseStore {
    return {
      take: async (name, forMs, signal) => {
        if (this.trouble === "away") throw new Error("no connection");
        if (this.trouble === "deaf") await new Promise(() => {});
        if (this.trouble === "silent") await new Promise((_, reject) => signal.addEventListener("abort", reject));
        const now = this.held.get(name);
        if (now !== undefined && now.holder !== daemon && now.until > performance.now()) return false;
        this.held.set(name, { holder: daemon, until: performance.now() + forMs });
        return true;
      },
      free: async (name) => {
        if (this.held.get(name)?.holder === daemon) this.held.delete(name);
      },
      lost: (name, reason) => lost.push(`${name}: ${reason}`),
    };
  }
}

const { signal } = new AbortController();

test("a lease outlives the time after which it runs out, and is another's once it is given back", async (t) => {
  const store = new SharedStore();
  const [one, other] = [new ExpiringLeases(store.of("one")), new ExpiringLeases(store.of("other"))];
  const lease = await one.take("poll", signal);
  t.is(await one.take("poll", signal), undefined);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  t.is(await other.take("poll", signal), undefined);
  t.false(lease?.lost.aborted);
  await lease?.release();
  await lease?.release();
  t.truthy(await other.take("poll", signal));
  await other.close();
  t.is(store.held.size, 0, "closing gives back what is held");
});

for (const trouble of ["silent", "deaf", "away"] as const) {
  test(`a lease is lost before another daemon can have it, where the store is ${trouble}`, async (t) => {
    const store = new SharedStore();
    const lost: string[] = [];
    const lease = await new ExpiringLeases(store.of("one", lost)).take("poll", signal);
    store.trouble = trouble;
    await eventually(
      async () => lease?.lost.aborted,
      (isLost) => isLost === true,
    );
    t.true((store.held.get("poll")?.until ?? 0) > performance.now());
    t.regex(String(lease?.lost.reason), /the lease poll was lost: it could not be renewed in time/);
    t.deepEqual(lost, ["poll: it could not be renewed in time"]);
  });
}

test("a lease is lost where its store throws at once", async (t) => {
  let asked = 0;
  const take = (): Promise<boolean> => {
    asked += 1;
    if (asked > 1) throw new Error("no connection");
    return Promise.resolve(true);
  };
  const lease = await new ExpiringLeases({ take, free: async () => {} }).take("poll", signal);
  await eventually(
    async () => lease?.lost.aborted,
    (isLost) => isLost === true,
  );
  t.true(asked > 2, "it was asked again");
});

test("a lease that another daemon took is lost, and not given back in its name", async (t) => {
  const store = new SharedStore();
  const lost: string[] = [];
  const leases = new ExpiringLeases(store.of("one", lost));
  const lease = await leases.take("poll", signal);
  const theirs = { holder: "other", until: performance.now() + 60_000 };
  store.held.set("poll", theirs);
  await eventually(
    async () => lost,
    (reasons) => reasons.length > 0,
  );
  t.deepEqual(lost, ["poll: another daemon took it"]);
  await lease?.release();
  await leases.close();
  t.is(store.held.get("poll"), theirs);
});

test("of two that ask a daemon for a lease at once, one gets it", async (t) => {
  const leases = new ExpiringLeases(new SharedStore().of("one"));
  const got = await Promise.all([leases.take("poll", signal), leases.take("poll", signal)]);
  t.is(got.filter((lease) => lease !== undefined).length, 1);
  await leases.close();
});
