import test from "ava";
import { acmeDaemon } from "../helpers/access/acme-daemon.js";

const PLACE = "environments/default/namespaces";

for (const workers of [1, 2]) {
  test.serial(`${workers} processes: the same user and group at another provider are somebody else's`, async (t) => {
    const { daemon, login } = await acmeDaemon(t, {
      workers,
      authorization: {
        required: true,
        roles: { viewer: [{ actions: ["read", "evaluate"] }], reader: [{ actions: ["read"] }] },
        bindings: [
          { role: "viewer", match: { provider: "One", claims: { groups: "devs" } } },
          { role: "reader", match: { method: "acme", provider: "three" } },
        ],
      },
    });
    const [ours, theirs] = [await login({ sub: "ada" }), await login({ sub: "ada" }, {}, "two")];
    // There is no snapshot yet, which is said to whoever might have it.
    for (const [path, allowed] of [
      [`/api/v2/${PLACE}`, 200],
      [`/client/v2/${PLACE}/default/snapshot`, 404],
    ] as const) {
      const statuses = [];
      // Whichever process is asked first, and then what it has kept.
      for (const { session } of [ours, theirs, theirs, ours, theirs, ours]) {
        const response = await fetch(daemon.url() + path, { headers: session });
        statuses.push(response.status);
        await response.text();
      }
      t.deepEqual(statuses, [allowed, 403, 403, allowed, 403, allowed], path);
    }
  });
}
