import test from "ava";
import { type Answered, rightsDaemon } from "../helpers/http/rights-daemon.js";

const DENIED = { code: 7, message: "permission denied", details: [] };
const E = "/api/v2/environments";

interface Place {
  readonly environment: string;
  readonly namespace: string;
}

interface Ask {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/** Questions about the past of a namespace. */
function questions({ environment, namespace }: Place): readonly Ask[] {
  const item = { environmentKey: environment, namespaceKey: namespace, flagKey: "on", entityId: "e", at: "HEAD" };
  const { at, ...asked } = item;
  const place = `${E}/${environment}/namespaces/${namespace}`;
  const get = (path: string): Ask => ({ method: "GET", path });
  const post = (path: string, body: object): Ask => ({ method: "POST", path, body });
  return [
    post("/evaluate/v1/boolean", item),
    post("/evaluate/v1/batch", { requests: [asked, asked], at }),
    post("/evaluate/v1/explain", item),
    post("/evaluate/v1/explain", asked),
    post("/evaluate/v1/explain", { requests: [asked], at }),
    get(`/client/v2/environments/${environment}/namespaces/${namespace}/snapshot?at=HEAD`),
    get(`/internal/v1/evaluation/snapshot/namespace/${namespace}?environmentKey=${environment}&at=HEAD`),
    get(`${place}?at=HEAD`),
    get(`${place}/resources/flipt.core.Flag?at=HEAD`),
    get(`${place}/resources/flipt.core.Flag/on?at=HEAD`),
    get(`/api/v1/namespaces/${namespace}/flags?environmentKey=${environment}&at=HEAD`),
    get(`${E}/${environment}/compare?base=HEAD~1&namespace=${namespace}`),
    post(`${E}/${environment}/bisect`, asked),
  ];
}

test("a past state shows nobody more than the present one", async (t) => {
  const { as } = await rightsDaemon(t);
  const asTeam = ({ method, path, body }: Ask): Promise<Answered> => as("team", method, path, body);
  for (const [environment, namespace] of [
    ["staging", "default"],
    ["production", "team-a"],
    ["elsewhere", "team-a"],
    ["nowhere", "team-a"],
  ] as const) {
    for (const ask of questions({ environment, namespace })) {
      const { status, body } = await asTeam(ask);
      t.deepEqual([status, body], [403, DENIED], `${environment} ${namespace} ${JSON.stringify(ask)}`);
    }
  }
  for (const ask of questions({ environment: "staging", namespace: "team-a" })) {
    const { status, body } = await asTeam(ask);
    t.is(status, 200, `${JSON.stringify(ask)} ${JSON.stringify(body)}`);
  }
  const listed = await as("team", "GET", `${E}/staging/namespaces?at=HEAD`);
  t.deepEqual(
    listed.body.items.map(({ key }: { readonly key: string }) => key),
    ["team-a"],
  );
});

test("of a batch at a past state what may not be evaluated fails, and no name tells which environments there are", async (t) => {
  const { as } = await rightsDaemon(t);
  const asked = (environmentKey: string, namespaceKey: string): object => ({
    environmentKey,
    namespaceKey,
    flagKey: "on",
    entityId: "e",
  });
  const own = asked("staging", "team-a");
  const batch = (...requests: readonly object[]): Promise<Answered> =>
    as("team", "POST", "/evaluate/v1/batch", { requests, at: "HEAD" }, { "X-Flipt-Environment": "staging" });
  for (const requests of [
    [own, asked("staging", "default")],
    [asked("staging", "default"), own],
  ]) {
    const { status, body } = await batch(...requests);
    t.is(status, 200, JSON.stringify(body));
    const [mine, hidden] = requests[0] === own ? body.responses : body.responses.toReversed();
    t.true(mine.booleanResponse.enabled);
    t.is(hidden.errorResponse.reason, "UNKNOWN_ERROR_EVALUATION_REASON");
  }
  const answered = async (environment: string): Promise<unknown> => {
    const { status, body } = await batch(own, asked(environment, "team-a"));
    return [status, body];
  };
  const missing = await answered("nowhere");
  for (const hidden of ["production", "elsewhere"]) t.deepEqual(await answered(hidden), missing, hidden);
});
