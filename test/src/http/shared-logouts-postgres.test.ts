import test from "ava";
import { answers, become, logout, logoutToken, selfOf, startReplicas, statusOf } from "../helpers/access/replicas.js";
import { postgresServer } from "../helpers/databases/postgres-server.js";

test("daemons on a shared backend tell each other by it who was logged out, without a word about it in the configuration", async (t) => {
  const server = await postgresServer(t);
  const storage = { backend: { type: "postgres", url: server.url({ database: await server.newDatabase() }) } };
  const [one, two] = await startReplicas(t, { storage });
  if (one === undefined || two === undefined) return t.fail();
  await become(one, ({ state, sharedBy }) => state === "connected" && sharedBy === "storage main");
  await become(two, ({ state }) => state === "connected");
  const logins = await Promise.all(["ada", "bob", "eve", "joe", "sue"].map((sub) => one.login({ sub })));
  const [ada, bob, eve, joe, sue] = logins;
  if (!ada || !bob || !eve || !joe || !sue) return t.fail();
  for (const login of logins) t.is(await selfOf(two, login), 200);
  // Both write at the same moment.
  const signed = two.send("method/acme/one/revoke", logoutToken("bob"));
  t.deepEqual([await logout(one, ada), (await signed).status], [200, 200]);
  await answers(two, ada, 401);
  await answers(one, bob, 401);
  await server.stop();
  t.is(await logout(one, eve), 200, "who logs out is not kept waiting");
  await become(one, ({ state, untold }) => state === "disconnected" && untold === 1);
  t.deepEqual([await selfOf(one, eve), await selfOf(two, eve), await selfOf(two, joe)], [401, 200, 200]);
  await server.start();
  await answers(two, eve, 401);
  await become(one, ({ state, untold }) => state === "connected" && untold === 0);
  t.is(await logout(two, sue), 200);
  const [late] = await startReplicas(t, { storage, count: 1 });
  if (late === undefined) return t.fail();
  await become(late, ({ state }) => state === "connected");
  t.deepEqual(await Promise.all(logins.map((login) => selfOf(late, login))), [401, 401, 401, 200, 401]);
  t.is((await statusOf(late)).untold, 0);
});
