import { CODES, type ErrorCode, type ErrorKind, type VexilError } from "@vexil/plugin-api/errors";

/** A storage's `fetch_policy`: `lenient` forgives what a better connection would cure. */
export type FetchPolicy = "strict" | "lenient";

/** Meaning of one code to everybody who meets it. */
export interface ErrorPolicy {
  readonly kind: ErrorKind;
  /** The answer to a client: HTTP status and gRPC code. */
  readonly status: number;
  readonly grpc: number;
  /** The next poll after one that failed: soon, with a back-off, or no earlier than the period. */
  readonly poll: "soon" | "period";
  /** A backend that fails to open: tried again by itself, or left to a user. */
  readonly open: "again" | "never";
  /** A push that fails: the remote has said no, nobody there could have taken it, or nobody knows. */
  readonly push: "refused" | "unmade" | "unclear";
  /** A write that fails: told as it is, or as a remote that cannot be reached; `masked` only after the push has begun. */
  readonly writer: "told" | "unreachable" | "masked";
  /** A storage whose poll failed: its state is merely old, or is if it has served one, or the storage is failed. */
  readonly health: Readonly<Record<FetchPolicy, "stale" | "stale-once-served" | "failed">>;
  /** A start whose first poll failed: stopped always, unless there is a state to serve, or never. */
  readonly start: Readonly<Record<FetchPolicy, "stops" | "stops-without-state" | "goes-on">>;
  /** The line of a failed poll. */
  readonly pollLevel: Readonly<Record<FetchPolicy, "warn" | "error">>;
  /** The line of a failed write. */
  readonly writeLevel: "warn" | "error";
}

type Row = Omit<ErrorPolicy, "kind">;

const both = <const T>(value: T): Readonly<Record<FetchPolicy, T>> => ({ strict: value, lenient: value });

const ROW: Row = {
  status: 500,
  grpc: 13,
  poll: "soon",
  open: "never",
  push: "unclear",
  writer: "told",
  health: both("failed"),
  start: both("stops"),
  pollLevel: both("error"),
  writeLevel: "warn",
};

/** Every kind; a code means what its kind does unless {@link BY_CODE} says otherwise. */
const BY_KIND: Readonly<Record<ErrorKind, Row>> = {
  validation: { ...ROW, status: 400, grpc: 3 },
  "not-found": { ...ROW, status: 404, grpc: 5 },
  exists: { ...ROW, status: 409, grpc: 6 },
  conflict: { ...ROW, status: 409, grpc: 10 },
  refused: { ...ROW, status: 403, grpc: 7, push: "refused" },
  overloaded: { ...ROW, status: 429, grpc: 8 },
  unavailable: { ...ROW, status: 503, grpc: 14, open: "again" },
  connection: {
    ...ROW,
    status: 503,
    grpc: 14,
    open: "again",
    writer: "unreachable",
    health: { strict: "failed", lenient: "stale-once-served" },
    start: { strict: "stops", lenient: "goes-on" },
    pollLevel: { strict: "error", lenient: "warn" },
  },
  remote: { ...ROW, status: 503, grpc: 14, push: "unmade" },
  // A credential that is refused again and again gets an account locked.
  auth: { ...ROW, status: 503, grpc: 14, poll: "period", push: "refused" },
  plugin: ROW,
  internal: { ...ROW, writer: "masked", writeLevel: "error" },
};

/** The remote was reached; what is left is for the users of the clone to settle, which is served meanwhile. */
const SETTLED_BY_USERS = { start: both("stops-without-state") } as const;
/** Waiting does not cure it. */
const LASTING = { open: "never" } as const;

/** Codes that differ from their kind, and in what. */
const BY_CODE: Readonly<Partial<Record<ErrorCode, Partial<Row>>>> = {
  VEXIL_REFUSED_UNAUTHENTICATED: { status: 401, grpc: 16 },
  VEXIL_REFUSED_UNIMPLEMENTED: { status: 501, grpc: 12 },
  VEXIL_REFUSED_LOOP: { status: 508 },
  VEXIL_UNAVAILABLE_UPSTREAM: { status: 502 },
  VEXIL_UNAVAILABLE_UPSTREAM_LATE: { status: 504, grpc: 4 },
  VEXIL_VALIDATION_BODY_SIZE: { status: 413, grpc: 8 },
  VEXIL_VALIDATION_ITEMS: { status: 413, grpc: 8 },
  VEXIL_VALIDATION_ANSWER_SIZE: { status: 413, grpc: 8 },
  VEXIL_VALIDATION_TESTS: { status: 422, grpc: 9 },
  // What git clients, and proxies before them, take for a server that is busy.
  VEXIL_OVERLOADED_PACKS: { status: 503, grpc: 14 },
  VEXIL_INTERNAL_CANCELLED: { status: 499, grpc: 1 },
  // Uncommitted edits in the way are their author's to settle; meanwhile the state is merely old.
  VEXIL_CONFLICT_UNCOMMITTED: { ...SETTLED_BY_USERS, health: both("stale") },
  VEXIL_CONFLICT_HEAD_MOVED: SETTLED_BY_USERS,
  VEXIL_REMOTE_DIVERGED: SETTLED_BY_USERS,
  VEXIL_REFUSED_PUSH: SETTLED_BY_USERS,
  VEXIL_UNAVAILABLE_BLOCKED: SETTLED_BY_USERS,
  VEXIL_UNAVAILABLE_LOCKED: SETTLED_BY_USERS,
  // A full disk keeps nothing from being served that is on it.
  VEXIL_UNAVAILABLE_SPACE: { start: { strict: "stops", lenient: "stops-without-state" } },
  VEXIL_UNAVAILABLE_CORRUPT: LASTING,
  VEXIL_UNAVAILABLE_DIRECTORY_LOCKED: LASTING,
  VEXIL_UNAVAILABLE_REPOSITORY: LASTING,
  VEXIL_UNAVAILABLE_ADDRESS: LASTING,
};

/**
 * Meaning of each error: the one table of it. Whoever answers, retries, judges a storage's health, stops a start or
 * chooses the level of a line looks it up here.
 */
export const ERROR_POLICY: Readonly<Record<ErrorCode, ErrorPolicy>> = Object.fromEntries(
  Object.entries(CODES).map(([code, { kind }]) => [code, { kind, ...BY_KIND[kind], ...BY_CODE[code as ErrorCode] }]),
) as Record<ErrorCode, ErrorPolicy>;

/** The policy of an error; a code that is none of ours counts as its kind does. */
export function policyOf({ code, kind }: Pick<VexilError, "code" | "kind">): ErrorPolicy {
  return ERROR_POLICY[code] ?? { kind, ...BY_KIND[kind] };
}
