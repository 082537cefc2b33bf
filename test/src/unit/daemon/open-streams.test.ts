import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import type { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { type Admission, UNKNOWN } from "../../../../daemon/dist/access/admission.js";
import { OpenStreams } from "../../../../daemon/dist/access/open-streams.js";
import type { Principal } from "../../../../daemon/dist/access/principal.js";
import { StreamCaller } from "../../../../daemon/dist/access/stream-caller.js";
import { eventually } from "../../helpers/daemon/daemon.js";

const principal = (id: string, expiresAt?: number): Principal => ({
  id,
  method: "oidc",
  scheme: "Bearer",
  createdAt: 1,
  identity: { subject: id, metadata: {}, claims: {}, expiresAt },
});

const admitted = (id: string, expiresAt?: number): Admission => ({
  admitted: true,
  principal: principal(id, expiresAt),
});

/** A stream of this session, and what became of it. */
interface Watched {
  readonly caller: StreamCaller;
  readonly response: ServerResponse;
  readonly end: (error: VexilError) => void;
  readonly review: () => void;
  readonly errors: VexilError[];
  reviews: number;
}

function stream(id: string, expiresAt?: number): Watched {
  const watched: Watched = {
    caller: new StreamCaller("evaluation", { authorization: id }, principal(id, expiresAt)),
    response: new ServerResponse(new IncomingMessage(new Socket())),
    errors: [],
    reviews: 0,
    end: (error) => {
      watched.errors.push(error);
      watched.response.emit("close");
    },
    review: () => {
      watched.reviews += 1;
    },
  };
  return watched;
}

test("the end of a session has its own streams looked at alone", (t) => {
  const asked: string[] = [];
  const streams = new OpenStreams((_access, { authorization = "" }) => {
    asked.push(authorization);
    return UNKNOWN;
  });
  const all = ["a", "b", "a", "c"].map((id) => stream(id));
  for (const one of all) streams.add(one);
  streams.judge({ id: "a", at: Date.now() });
  t.deepEqual(asked, ["a", "a"]);
  t.deepEqual(
    all.map(({ errors }) => errors[0]?.code),
    ["VEXIL_REFUSED_UNAUTHENTICATED", undefined, "VEXIL_REFUSED_UNAUTHENTICATED", undefined],
  );
});

test("a stream whose caller is another now goes on as that one's, and its rights are looked at", (t) => {
  const streams = new OpenStreams(() => admitted("new"));
  const one = stream("old");
  streams.add(one);
  streams.judge();
  t.is(one.caller.principal?.id, "new");
  t.deepEqual([one.reviews, one.errors.length], [1, 0]);
});

test("a stream that is not certain is looked at when it comes", async (t) => {
  const streams = new OpenStreams(async () => UNKNOWN);
  const [certain, uncertain] = [stream("a"), stream("b")];
  streams.add(certain, true);
  streams.add(uncertain, false);
  await eventually(async () => uncertain.errors.length, Boolean);
  t.is(certain.errors.length, 0);
});

test("however many streams there are, few callers are asked about at once, and all in the end", async (t) => {
  let [underWay, most] = [0, 0];
  const streams = new OpenStreams(async (_access, { authorization = "" }) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await turn();
    underWay -= 1;
    return authorization.endsWith("7") ? UNKNOWN : admitted(authorization);
  });
  const all = Array.from({ length: 3000 }, (_, index) => stream(`s${index}`));
  for (const one of all) streams.add(one);
  streams.judge();
  await eventually(
    async () => all.filter(({ reviews, errors }) => reviews + errors.length === 1).length,
    (settled) => settled === all.length,
  );
  t.is(all.filter(({ errors }) => errors.length === 1).length, 300);
  t.true(most <= 100, String(most));
});

test("an answer that was asked for before the last change counts no more", async (t) => {
  const answers: ((admission: Admission) => void)[] = [];
  const streams = new OpenStreams(() => new Promise((resolve) => answers.push(resolve)));
  const one = stream("a");
  streams.add(one);
  streams.judge();
  streams.judge();
  t.is(answers.length, 2);
  answers[1]?.(UNKNOWN);
  await turn();
  answers[0]?.(admitted("a"));
  await turn();
  t.deepEqual([one.errors.length, one.reviews], [1, 0]);
});

test("a stream ends when it cannot be found out whose it is, and goes on when it can in time", async (t) => {
  let away = true;
  const hopeless = new OpenStreams(() => Promise.reject(new Error("away")), 500);
  const patient = new OpenStreams(async () => {
    if (away) throw new Error("away");
    return admitted("a");
  });
  const [lost, found] = [stream("a"), stream("a")];
  hopeless.add(lost);
  patient.add(found);
  hopeless.judge();
  patient.judge();
  await eventually(async () => lost.errors.length, Boolean);
  t.is(lost.errors[0]?.code, "VEXIL_UNAVAILABLE_PROVIDER");
  away = false;
  await eventually(async () => found.reviews, Boolean);
  t.is(found.errors.length, 0);
});

test("a stream whose time is over ends even if nobody says who may go on", async (t) => {
  const streams = new OpenStreams(() => Promise.reject(new Error("away")));
  const one = stream("a", Date.now() - 1);
  streams.add(one);
  await eventually(async () => one.errors.length, Boolean);
  t.is(one.errors[0]?.code, "VEXIL_REFUSED_UNAUTHENTICATED");
});

test("an end that a caller has got since counts", async (t) => {
  let now: Admission = admitted("a", Date.now() - 1);
  const streams = new OpenStreams(() => now);
  const one = stream("a");
  streams.add(one);
  streams.judge();
  now = UNKNOWN;
  await eventually(async () => one.errors.length, Boolean);
  t.is(one.errors[0]?.code, "VEXIL_REFUSED_UNAUTHENTICATED");
});
