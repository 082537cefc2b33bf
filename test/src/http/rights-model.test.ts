import { ACTIONS, type Action } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, rightsConfig } from "../helpers/http/rights-daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

// Random rights and random requests over HTTP, with two workers, against rights written down a second time, simply.
// Every name in the repository is a canary: an answer may hold those that the request named, and those of places that
// its caller may read or evaluate in.

/** More principals, and others, are tried by hand: RIGHTS_MODEL_PRINCIPALS=500 RIGHTS_MODEL_SEED=7. */
const PRINCIPALS = Number(process.env.RIGHTS_MODEL_PRINCIPALS ?? 3);
const SEED = Number(process.env.RIGHTS_MODEL_SEED ?? 1);
/** Kinds of requests that are sent more often: few of what can be asked for shows a mistake. */
const OFTEN = ["namespaces", "a new branch", "evaluation", "snapshot"];
const CANARY = /\b(?:env|ns|fl|seg|fault|dir)[a-z]+q\b/g;
const DENIED = '{"code":7,"message":"permission denied","details":[]}';
const OFREP_DENIED = /^\{(?:"key":"[a-z]+",)?"errorCode":"GENERAL","errorDetails":"permission denied"\}\n?$/;

interface Environment {
  readonly key: string;
  readonly base: string | undefined;
  readonly storage: string;
  readonly namespaces: readonly string[];
}

const namespacesOf = (name: string): readonly string[] => ["default", `ns${name}aq`, `ns${name}bq`];
const ENVIRONMENTS: readonly Environment[] = [
  { key: "envprodq", base: undefined, storage: "main", namespaces: namespacesOf("prod") },
  { key: "envstageq", base: undefined, storage: "main", namespaces: namespacesOf("stage") },
  { key: "envelseq", base: undefined, storage: "other", namespaces: ["default"] },
  { key: "envfeatq", base: "envstageq", storage: "main", namespaces: namespacesOf("stage") },
];
const DEFAULT = "envprodq";
/** A namespace of it whose file is faulty from the start. */
const FAULTY = "nsprodfaultyq";
const find = (key: string): Environment | undefined => ENVIRONMENTS.find((one) => one.key === key);

/** The flag of a place: its name says where it is. */
function flagOf(environment: string, namespace: string): string {
  const name = environment === "envfeatq" ? "stage" : environment.toLowerCase().replace(/^env|q$|[^a-z]/g, "");
  return `fl${name}${namespace === "default" ? "d" : namespace.slice(2, -1)}q`;
}

function features(namespace: string, flag: string): string {
  const segment = flag.replace(/^fl/, "seg");
  return [
    "version: '1.4'",
    `namespace: { key: ${namespace}, name: ${namespace} }`,
    `flags: [{ key: ${flag}, name: ${flag}, type: BOOLEAN_FLAG_TYPE, enabled: true }]`,
    `segments: [{ key: ${segment}, name: ${segment}, match_type: ALL_MATCH_TYPE }]`,
    "",
  ].join("\n");
}

interface Grant {
  readonly actions: readonly Action[];
  readonly environments?: readonly string[];
  readonly namespaces?: readonly string[];
}

/** Rights of one caller, told as simply as they can be. */
class Rights {
  readonly #grants: readonly Grant[];

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
  }

  may(action: Action, environment?: string, namespace?: string): boolean {
    const names = [environment, environment === undefined ? undefined : find(environment)?.base];
    return this.#grants.some(
      (grant) =>
        grant.actions.includes(action) &&
        names.some((name, index) => (index === 0 || name !== undefined) && holds(grant.environments, name)) &&
        holds(grant.namespaces, namespace),
    );
  }

  sees(key: string): boolean {
    const namespaces = find(key)?.namespaces ?? [];
    return this.may("read", key) || namespaces.some((namespace) => this.may("read", key, namespace));
  }

  /** Names that this caller may come to know. */
  known(): ReadonlySet<string> {
    return new Set(
      ENVIRONMENTS.flatMap((environment) => [
        ...this.#ofEnvironment(environment),
        ...environment.namespaces.flatMap((namespace) => this.#ofNamespace(environment.key, namespace)),
      ]),
    );
  }

  #ofEnvironment({ key, base, namespaces }: Environment): readonly string[] {
    const directory = `dir${(base ?? key).slice(3)}`;
    const may = (action: Action): boolean => [...namespaces, FAULTY].some((one) => this.may(action, key, one));
    const fault = key === DEFAULT && this.may("read", key, FAULTY) ? [FAULTY, "faultq"] : [];
    if (this.sees(key)) return [key, directory, ...(base === undefined ? [] : [base]), ...fault];
    // Who writes is told of the file that keeps it from that.
    return may("write") || may("rollback") ? [directory] : [];
  }

  #ofNamespace(environment: string, namespace: string): readonly string[] {
    const flag = flagOf(environment, namespace);
    if (this.may("read", environment, namespace)) return [namespace, flag, flag.replace(/^fl/, "seg")];
    return this.may("evaluate", environment, namespace) ? [flag] : [];
  }
}

function holds(patterns: readonly string[] | undefined, name: string | undefined): boolean {
  if (patterns === undefined) return true;
  return patterns.some((pattern) =>
    name === undefined ? pattern === "*" : new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(name),
  );
}

/** A generator of numbers that a seed says all about. */
function random(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)] as (typeof choices)[number];
  };
}

const ENVIRONMENT_PATTERNS = [
  "envprodq",
  "envstageq",
  "envfeatq",
  "envelseq",
  "env*",
  "*stage*",
  "*",
  "envnoneq",
  "ENVPRODQ",
];
const NAMESPACE_PATTERNS = ["default", "nsprodaq", "nsstagebq", "ns*aq", "ns*", "*", "nsnoneq"];

function randomGrants(pick: ReturnType<typeof random>): readonly Grant[] {
  return Array.from({ length: pick([1, 1, 2, 3]) }, () => {
    const actions = ACTIONS.filter(() => pick([true, false]));
    const environments = pick([
      undefined,
      [pick(ENVIRONMENT_PATTERNS)],
      [pick(ENVIRONMENT_PATTERNS), pick(ENVIRONMENT_PATTERNS)],
    ]);
    const namespaces = pick([undefined, [pick(NAMESPACE_PATTERNS)]]);
    return {
      actions: actions.length === 0 ? [pick(ACTIONS)] : actions,
      ...(environments === undefined ? {} : { environments }),
      ...(namespaces === undefined ? {} : { namespaces }),
    };
  });
}

/** Rights where a mistake would show at once, beside those made by chance. */
const TELLING: readonly (readonly Grant[])[] = [
  [{ actions: ["read"], environments: ["envprodq"], namespaces: ["nsprodaq"] }],
  [{ actions: ["read", "evaluate", "rollback"], environments: ["envstageq"], namespaces: ["nsstage*"] }],
  [{ actions: ["read", "evaluate", "write"], environments: ["envfeatq"] }],
  // A key that is none must not open the default environment.
  [{ actions: ["evaluate", "read"], environments: ["envnoneq", "ENVPRODQ", "__proto__"] }],
  [
    { actions: ["branch", "sync", "admin"], environments: ["envstageq"] },
    { actions: ["write"], namespaces: ["nsprodaq"] },
  ],
];

/** A request, and what has to come of it. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** False: it is refused. */
  readonly allowed: boolean;
  /** Looks into an answer of 200. */
  readonly check?: (answer: Json) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member
type Json = any;
type Kind = (t: ExecutionContext, rights: Rights, pick: ReturnType<typeof random>) => Asked;

const SOME_ENVIRONMENTS = [...ENVIRONMENTS.map(({ key }) => key), "envnoneq", "ENVPRODQ", "__proto__"];
const SOME_NAMESPACES = [...new Set(ENVIRONMENTS.flatMap(({ namespaces }) => namespaces)), FAULTY, "nsnoneq"];
const API = "/api/v2/environments";
const MANAGED = (environment: string, namespace: string): string => `${API}/${environment}/namespaces/${namespace}`;

/** The environment that answers a read: what is named if it is there, else what the header says, else the default. */
function answering(candidate: string, header: string | undefined): string {
  if (find(candidate) !== undefined) return candidate;
  return header ?? DEFAULT;
}

/** A name that is none is judged, too, beside the environment that answers in its place. */
function mayEvaluate(rights: Rights, candidate: string, header: string | undefined, namespace: string): boolean {
  const environment = answering(candidate, header);
  if (!rights.may("evaluate", environment, namespace)) return false;
  return candidate === "" || candidate === environment || rights.may("evaluate", candidate, namespace);
}

const KINDS: Readonly<Record<string, Kind>> = {
  environments: (t, rights) => ({
    method: "GET",
    path: API,
    allowed: true,
    check: ({ environments }) =>
      t.deepEqual(
        environments.map(({ key }: Json) => key).sort(),
        ENVIRONMENTS.map(({ key }) => key)
          .filter((key) => rights.sees(key))
          .sort(),
      ),
  }),
  namespaces: (t, rights, pick) => {
    const environment = pick([DEFAULT, ...SOME_ENVIRONMENTS]);
    return {
      method: "GET",
      path: `${API}/${environment}/namespaces`,
      allowed: find(environment) === undefined ? rights.may("read", environment) : rights.sees(environment),
      check: ({ items }) =>
        t.deepEqual(
          items.map(({ key }: Json) => key).sort(),
          find(environment)
            ?.namespaces.filter((key) => rights.may("read", environment, key))
            .sort(),
        ),
    };
  },
  branches: (t, rights, pick) => {
    const environment = pick(SOME_ENVIRONMENTS);
    return {
      method: "GET",
      path: `${API}/${environment}/branches`,
      allowed: find(environment) === undefined ? rights.may("read", environment) : rights.sees(environment),
      check: ({ branches }) =>
        t.deepEqual(
          branches.map(({ key }: Json) => key),
          ENVIRONMENTS.filter(({ key, base }) => base === environment && rights.sees(key)).map(({ key }) => key),
        ),
    };
  },
  "a new branch": (_t, rights, pick) => {
    const [base, key] = [pick(["envstageq", "envstageq", "envprodq", "envnoneq"]), pick(ENVIRONMENTS).key];
    const told = rights.sees(key) || rights.may("branch", key);
    const isTaken = find(base) !== undefined;
    return {
      method: "POST",
      path: `${API}/${base}/branches`,
      body: { key },
      allowed: rights.may("branch", base) && (told || !isTaken),
    };
  },
  "a deleted branch": (_t, rights, pick) => {
    const [base, key] = [pick(SOME_ENVIRONMENTS), pick(["envgoneq", "envelseq", "envprodq"])];
    return { method: "DELETE", path: `${API}/${base}/branches/${key}`, allowed: rights.may("branch", base) };
  },
  "a proposed branch": (_t, rights, pick) => {
    const [base, key] = [pick(SOME_ENVIRONMENTS), pick(["envgoneq", "envfeatq", "envelseq"])];
    return { method: "POST", path: `${API}/${base}/branches/${key}`, body: {}, allowed: rights.may("branch", base) };
  },
  "one namespace": (_t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    return {
      method: "GET",
      path: MANAGED(environment, namespace),
      allowed: rights.may("read", environment, namespace),
    };
  },
  resources: (_t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const what = pick([
      "flipt.core.Flag",
      "flipt.core.Segment",
      "nothing",
      `flipt.core.Flag/${flagOf(environment, namespace)}`,
    ]);
    return {
      method: "GET",
      path: `${MANAGED(environment, namespace)}/resources/${what}`,
      allowed: rights.may("read", environment, namespace),
    };
  },
  history: (t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const place = pick([undefined, "", `/resources/flipt.core.Flag/${flagOf(environment, namespace)}`]);
    const path = place === undefined ? `${API}/${environment}` : MANAGED(environment, namespace) + place;
    return {
      method: "GET",
      path: `${path}/history`,
      allowed: rights.may("read", environment, place === undefined ? undefined : namespace),
      check: ({ commits }) => {
        if (place === undefined) return;
        for (const { changes } of commits) {
          for (const { namespaceKey } of changes) t.is(namespaceKey, namespace);
        }
      },
    };
  },
  "list of flags": (_t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    return {
      method: "GET",
      path: `/api/v1/namespaces/${namespace}/flags?environmentKey=${environment}`,
      allowed: rights.may("read", environment, namespace),
    };
  },
  write: (_t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const key = flagOf(environment, namespace);
    const payload = {
      "@type": "flipt.core.Flag",
      key,
      name: key,
      type: "BOOLEAN_FLAG_TYPE",
      enabled: pick([true, false]),
    };
    return {
      method: "PUT",
      path: `${MANAGED(environment, namespace)}/resources`,
      // The path's namespace counts.
      body: { key, payload, namespaceKey: pick(SOME_NAMESPACES), revision: pick([undefined, "abcdef0123"]) },
      allowed: rights.may("write", environment, namespace),
    };
  },
  "write of a namespace": (_t, rights, pick) => {
    const [environment, key] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    return {
      method: "POST",
      path: `${API}/${environment}/namespaces`,
      // Those that are there exist, and others are refused for their names.
      body: { key, name: find(environment)?.namespaces.includes(key) ? "x" : "a\nb" },
      allowed: rights.may("write", environment, key),
    };
  },
  rollback: (_t, rights, pick) => {
    const [environment, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const place = pick(["", `/resources/flipt.core.Flag/${flagOf(environment, namespace)}`]);
    return {
      method: "POST",
      path: `${MANAGED(environment, namespace)}${place}/rollback`,
      body: { to: "00000000" },
      allowed: rights.may("rollback", environment, namespace),
    };
  },
  sync: (_t, rights, pick) => {
    const storage = pick(["main", "other", "none"]);
    const own = ENVIRONMENTS.filter((one) => one.storage === storage);
    return {
      method: "POST",
      path: `/api/storages/${storage}/sync${pick(["", "?wait=true"])}`,
      allowed: rights.may("sync") || own.some(({ key }) => rights.may("sync", key)),
    };
  },
  status: (t, rights) => ({
    method: "GET",
    path: "/api/status",
    allowed: true,
    check: ({ storages }) =>
      t.deepEqual(
        storages.map(({ id }: Json) => id).sort(),
        ["main", "other"].filter(
          (id) => rights.may("read") || ENVIRONMENTS.some(({ key, storage }) => storage === id && rights.sees(key)),
        ),
      ),
  }),
  tokens: (_t, rights, pick) => ({
    method: "GET",
    path: pick(["/auth/v1/tokens", "/auth/v1/tokens/x"]),
    allowed: rights.may("admin"),
  }),
  evaluation: (_t, rights, pick) => {
    const [candidate, namespaceKey] = [pick(["", ...SOME_ENVIRONMENTS]), pick(SOME_NAMESPACES)];
    const header = pick([undefined, undefined, ...SOME_ENVIRONMENTS]);
    const environment = answering(candidate, header);
    return {
      method: "POST",
      path: `/evaluate/v1/${pick(["boolean", "variant"])}`,
      body: { environmentKey: candidate, namespaceKey, flagKey: flagOf(environment, namespaceKey), entityId: "e" },
      ...(header === undefined ? {} : { headers: { "X-Flipt-Environment": header } }),
      allowed: mayEvaluate(rights, candidate, header, namespaceKey),
    };
  },
  batch: (t, rights, pick) => {
    const items = Array.from({ length: pick([1, 5, 150]) }, (_, index) => {
      // No unknown environment, which fails the whole batch; those that clients invent are in the namespaces.
      const [environmentKey, namespaceKey] = [pick(ENVIRONMENTS).key, pick([...SOME_NAMESPACES, `x${index}`])];
      return { environmentKey, namespaceKey, flagKey: flagOf(environmentKey, namespaceKey), entityId: "e" };
    });
    return {
      method: "POST",
      path: "/evaluate/v1/batch",
      body: { requests: items },
      allowed: true,
      check: ({ responses }) => {
        for (const [index, { environmentKey, namespaceKey }] of items.entries()) {
          const { type, errorResponse } = responses[index];
          const allowed = rights.may("evaluate", environmentKey, namespaceKey);
          const isThere = find(environmentKey)?.namespaces.includes(namespaceKey) === true;
          const place = `${environmentKey}/${namespaceKey} ${JSON.stringify(responses[index])}`;
          if (isThere && allowed) t.is(type, "BOOLEAN_EVALUATION_RESPONSE_TYPE", place);
          else {
            t.is(type, "ERROR_EVALUATION_RESPONSE_TYPE", place);
            // Beyond a hundred invented places it may be refused though it is allowed, and never the other way round.
            if (!allowed) t.is(errorResponse.reason, "UNKNOWN_ERROR_EVALUATION_REASON", place);
          }
        }
      },
    };
  },
  snapshot: (_t, rights, pick) => {
    const [candidate, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const header = pick([undefined, undefined, ...SOME_ENVIRONMENTS]);
    const path = pick([
      `/client/v2/environments/${candidate}/namespaces/${namespace}/snapshot`,
      `/internal/v1/evaluation/snapshot/namespace/${namespace}?environmentKey=${candidate}`,
    ]);
    return {
      method: "GET",
      path,
      headers: { "If-None-Match": "*", ...(header === undefined ? {} : { "X-Flipt-Environment": header }) },
      allowed: mayEvaluate(rights, candidate, header, namespace),
    };
  },
  ofrep: (_t, rights, pick) => {
    const [header, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    const flag = flagOf(header, namespace);
    return {
      method: "POST",
      path: `/ofrep/v1/evaluate/flags${pick(["", `/${flag}`])}`,
      body: { context: { targetingKey: "e" } },
      headers: { "X-Flipt-Environment": header, "X-Flipt-Namespace": namespace },
      allowed: rights.may("evaluate", header, namespace),
    };
  },
  stream: (_t, rights, pick) => {
    const [candidate, namespace] = [pick(SOME_ENVIRONMENTS), pick(SOME_NAMESPACES)];
    return {
      method: "STREAM",
      path: pick([
        `/client/v2/environments/${candidate}/namespaces/${namespace}/stream`,
        `/ofrep/v1/_stream/${candidate}/${namespace}/events`,
      ]),
      headers: { Accept: "text/event-stream" },
      allowed: mayEvaluate(rights, candidate, undefined, namespace),
    };
  },
};

test("random rights hold for random requests, and no answer tells of what may not be seen", async (t) => {
  const pick = random(SEED);
  const all = [...TELLING, ...Array.from({ length: PRINCIPALS }, () => randomGrants(pick))];
  const principals = all.map((grants, index) => ({ name: `p${index}`, grants }));
  const url = await start(t, principals);
  let refused = 0;
  for (const { name, grants } of principals) {
    const rights = new Rights(grants);
    for (const kind of [...Object.keys(KINDS), ...Object.keys(KINDS), ...OFTEN, ...OFTEN, ...OFTEN]) {
      const asked = (KINDS[kind] as Kind)(t, rights, pick);
      const where = `${kind}: ${asked.method} ${asked.path} ${JSON.stringify([asked.body, asked.headers, grants]).slice(0, 2000)}`;
      const { status, text, headers } = await send(t, url(), name, asked);
      t.is(status === 403, !asked.allowed, `${status} ${text.slice(0, 300)} ${where}`);
      t.false([401, 500].includes(status), `${status} ${text} ${where}`);
      if (status === 403) {
        refused += 1;
        if (asked.method === "STREAM") t.regex(text, /permission denied/);
        else t.true(text === DENIED || OFREP_DENIED.test(text), `${text} ${where}`);
        t.is(headers.get("etag"), null, where);
      }
      if (status === 200 && asked.method !== "STREAM") asked.check?.(JSON.parse(text));
      const named = new Set(JSON.stringify([asked.path, asked.body, asked.headers]).match(CANARY));
      const known = rights.known();
      const told = [text, ...headers.values()].join("\n").match(CANARY) ?? [];
      const leaks = told.filter((canary) => !named.has(canary) && !known.has(canary));
      t.deepEqual(leaks, [], `${status} ${text.slice(0, 500)} ${where}`);
    }
  }
  t.true(refused > principals.length, `${refused} were refused`);
});

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function send(t: ExecutionContext, url: string, name: string, asked: Asked): Promise<Answered> {
  const { method, path, body, headers } = asked;
  if (method === "STREAM") {
    const stream = await openStream(t, url + path, { ...bearer(name), ...headers });
    if (stream.status === 200 && path.endsWith("/stream")) await stream.until((text) => text !== "");
    else if (stream.status !== 200) await stream.ended;
    stream.close();
    return { status: stream.status, text: stream.text(), headers: new Headers() };
  }
  const response = await fetch(url + path, {
    method,
    headers: { ...bearer(name), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** The daemon over a repository that is full of canaries, with a file that is faulty and a branch. */
async function start(
  t: ExecutionContext,
  principals: readonly { readonly name: string; readonly grants: readonly Grant[] }[],
): Promise<() => string> {
  const files: Record<string, string> = {};
  for (const { key, base, storage, namespaces } of ENVIRONMENTS) {
    if (base !== undefined || storage !== "main") continue;
    for (const namespace of namespaces) {
      files[`dir${key.slice(3)}/${namespace}/features.yaml`] = features(namespace, flagOf(key, namespace));
    }
  }
  files[`dirprodq/${FAULTY}/features.yaml`] = `${features(FAULTY, "flfaultyq")}flags: faultq\n`;
  const repository = await temporaryRepository(t, { files });
  const remote = await startGitHttpServer(t, repository.path);
  const tokens = Object.fromEntries(
    ["root", ...principals.map(({ name }) => name)].map((name) => [name, { credential: `secret-of-${name}` }]),
  );
  const everybody = [...principals, { name: "root", grants: [{ actions: ACTIONS }] }];
  const daemon = await inProcessDaemon(t, {
    ...rightsConfig(
      {
        roles: Object.fromEntries(everybody.map(({ name, grants }) => [name, grants])),
        bindings: everybody.map(({ name }) => ({ role: name, match: { token: name } })),
      },
      { methods: { token: { enabled: true, storage: { tokens } } } },
    ),
    server: { workers: 2 },
    storage: {
      main: { remote: remote.url, backend: { type: "memory" } },
      other: { backend: { type: "memory" } },
    },
    environments: {
      envprodq: { storage: "main", directory: "dirprodq", default: true },
      envstageq: { storage: "main", directory: "dirstageq" },
      envelseq: { storage: "other" },
    },
  });
  await (await daemon.start()).settled;
  const root = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${daemon.url()}${path}`, {
      method: "POST",
      headers: bearer("root"),
      body: JSON.stringify(body),
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  };
  await root(`${API}/envstageq/branches`, { key: "envfeatq" });
  const key = flagOf("envelseq", "default");
  const payload = { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled: true };
  await root(`${MANAGED("envelseq", "default")}/resources`, { key, payload });
  return daemon.url;
}
