import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { AgedMap } from "../../../../daemon/dist/access/sessions/aged-map.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const revocation = (at: number) => ({ at, id: `of ${at}`, method: "oidc", provider: "p" });

test("what comes again is newer than what came after its first time", (t) => {
  const map = new AgedMap();
  for (let at = 0; at < 4; at += 1) map.putLast(`k${at}`, revocation(at));
  t.deepEqual(
    map.takeOldest(1, 10).map(({ at }) => at),
    [0],
  );
  map.putLast("k1", revocation(4));
  map.putLast("k2", revocation(5));
  t.deepEqual(
    map.takeOldest(5, 10).map(({ at }) => at),
    [3, 4],
  );
  t.deepEqual([...map.all()], [revocation(5)]);
});

test("keys that come again and again take no memory while the oldest stays", (t) => {
  const map = new AgedMap();
  map.putLast("oldest", revocation(1));
  map.takeOldest(0, 10_000);
  const come = (rounds: number): void => {
    for (let round = 0; round < rounds; round += 1) {
      for (let key = 0; key < 1_000; key += 1) map.putLast(`k${key}`, revocation(2));
    }
    map.takeOldest(0, 10_000);
    collect();
  };
  come(2);
  const before = process.memoryUsage().heapUsed;
  come(200);
  const grown = process.memoryUsage().heapUsed - before;
  t.true(grown < 4e6, `${grown} bytes more`);
  t.is(map.get("oldest")?.at, 1);
});
