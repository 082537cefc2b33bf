import redis from "@vexil/backend-redis";
import { backendConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { type RedisServer, redisServer } from "../helpers/databases/redis-server.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const undo: (() => unknown)[] = [];
let server: RedisServer | undefined;

test.before("start Redis", async () => {
  server = await redisServer({ teardown: (one) => undo.push(one) }, { durable: true });
});

test.after.always("stop Redis", async () => {
  for (const one of undo.reverse()) await one();
});

// One prefix for all cases: they keep out of each other's way, as daemons on one server do.
const cases = backendConformance(
  redis,
  () => ({ url: `redis://127.0.0.1:${server?.port}`, password: server?.password }),
  { module: import.meta.resolve("@vexil/backend-redis") },
);

for (const one of cases) test.serial(one.title, (t) => holdsCase(t, one));
