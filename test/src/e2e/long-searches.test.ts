import test from "ava";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { measureSilence } from "../helpers/daemon/longest-silence.js";
import { type RawAnswer, RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const CONSTRAINTS = 250;
const COMMITS = 40;
const FLAG = "/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/f";
/** Requests that a connection may have under way. */
const SENT_AHEAD = 8;
const features = (name: string): string => {
  const constraints = Array.from(
    { length: CONSTRAINTS },
    (_, index) => `  - {type: STRING_COMPARISON_TYPE, property: p, operator: contains, value: aab${index}}\n`,
  );
  return `namespace: default
flags:
- {key: f, name: ${name}, type: BOOLEAN_FLAG_TYPE, enabled: false, rollouts: [{segment: {key: s, value: true}}]}
segments:
- key: s
  name: S
  match_type: ANY_MATCH_TYPE
  constraints:
${constraints.join("")}`;
};

test("a search whose context takes long keeps nobody waiting, and is given up", async (t) => {
  t.timeout(240_000);
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": features("One") } });
  await repository.commit({ "default/features.yaml": features("Two") });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const daemon = await startDaemon(t, { config: { storage } });
  const meter = measureSilence(daemon);
  // Each constraint looks through all of it: seconds for each of the two states.
  const context = { p: "a".repeat(3_500_000) };
  const question = { flagKey: "f", entityId: "ada", context, all: true };
  const { status, body } = await daemon.post("/api/v2/environments/default/bisect", question);
  const { busyMs } = await meter.stop();
  t.true(busyMs < 1_500, `${busyMs} ms of work while somebody waited`);
  // A fast machine is done before the deadline of a state.
  t.true(status === 200 || /takes longer than 10 s/.test(body.message), JSON.stringify(body));
  t.is((await daemon.post("/evaluate/v1/boolean", { flagKey: "f", entityId: "ada" })).body.enabled, false);
});

test("of a client's questions for history a few are worked at, some wait, and the rest are told to come again", async (t) => {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": features("One") } });
  for (let count = 0; count < COMMITS; count += 1) {
    await repository.commit({ "default/features.yaml": features(`Of ${count}`) });
  }
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const daemon = await startDaemon(t, { config: { storage } });
  // Written at once to connections that are open, and of states that are read first: a busy machine brings them no slower
  // than they are answered.
  const connections = await Promise.all(Array.from({ length: 40 }, () => RawConnection.open(t, daemon.url)));
  const asked = rawRequest(`GET ${FLAG}/history`);
  for (const connection of connections) connection.write(asked.repeat(SENT_AHEAD));
  const answers: RawAnswer[] = [];
  for (const connection of connections) {
    for (let count = 0; count < SENT_AHEAD; count += 1) answers.push(await connection.answer());
  }
  const refused = answers.filter(({ status }) => status === 429);
  t.true(refused.length > 0);
  t.true(refused.every(({ headers }) => headers["vexil-error"] === "VEXIL_OVERLOADED_WORK"));
  t.true(refused.every(({ headers }) => headers["retry-after"] === "5"));
  t.is(answers.filter(({ status }) => status === 200).length, answers.length - refused.length);
  t.is((await daemon.get("/health")).status, 200);
});
