import test from "ava";
import type { Decision } from "../../../daemon/dist/http/rights/decision.js";
import { eventually } from "../helpers/daemon/daemon.js";
import type { Scope } from "../helpers/files/temporary-directory.js";
import { type OpenStream, openStream } from "../helpers/http/open-stream.js";
import { ADA, type Reads, startReads } from "../helpers/http/reads.js";

const open = (t: Scope, { url }: Reads): Promise<OpenStream> =>
  openStream(t, `${url}/client/v2/environments/default/namespaces/ops/stream`, { authorization: "Bearer ada" });

/** Waits until a stream wants a place. */
const wanted = (reads: Reads): Promise<unknown> => eventually(async () => reads.waiting.length, Boolean);

/** Gives all a place who wait for one. */
function give(reads: Reads): void {
  for (const one of reads.waiting.splice(0)) one();
}

const NOBODY = async (): Promise<undefined> => undefined;
const DENIED = async (): Promise<Decision> => ({ allowed: false, keepMs: undefined });

for (const [what, change, status] of [
  [
    "its credential is withdrawn",
    (reads: Reads) => {
      reads.whose = NOBODY;
      reads.callers.forget();
    },
    401,
  ],
  [
    "its session ends",
    (reads: Reads) => {
      reads.whose = NOBODY;
      reads.callers.forget({ id: ADA.id, at: Date.now() });
    },
    401,
  ],
  [
    "its right is taken away",
    (reads: Reads) => {
      reads.decide = DENIED;
      reads.process.rightsChanged();
    },
    403,
  ],
  [
    "its credential becomes somebody else's, who has no right",
    (reads: Reads) => {
      reads.whose = async () => ({ ...ADA, id: "bob" });
      reads.decide = DENIED;
      reads.callers.forget();
    },
    403,
  ],
] as const) {
  test(`a stream does not begin when ${what} while it waits for its place`, async (t) => {
    const reads = await startReads(t);
    const opening = open(t, reads);
    await wanted(reads);
    change(reads);
    give(reads);
    const stream = await opening;
    await stream.ended;
    t.is(stream.status, status, stream.text());
    t.notRegex(stream.text(), /"result"/);
    await eventually(
      async () => reads.places,
      (places) => places === 0,
    );
  });
}

test("a stream does not begin when its credential is withdrawn while its rights are looked at", async (t) => {
  const reads = await startReads(t);
  let answer: ((decision: Decision) => void) | undefined;
  reads.decide = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const opening = open(t, reads);
  await eventually(async () => answer, Boolean);
  reads.whose = NOBODY;
  reads.callers.forget();
  answer?.({ allowed: true, keepMs: undefined });
  await wanted(reads);
  give(reads);
  t.is((await opening).status, 401);
});

test("a stream that nothing has changed for begins, and gives its place back", async (t) => {
  const reads = await startReads(t);
  const opening = open(t, reads);
  await wanted(reads);
  give(reads);
  const stream = await opening;
  t.is(stream.status, 200);
  await stream.until((text) => text.endsWith("}\n"));
  t.is(reads.places, 1);
  stream.close();
  await eventually(
    async () => reads.places,
    (places) => places === 0,
  );
});

test("streams that are allowed for a time go on being looked at after decisions have been forgotten", async (t) => {
  const reads = await startReads(t);
  reads.decide = async () => ({ allowed: true, keepMs: 100 });
  const opening = open(t, reads);
  await wanted(reads);
  give(reads);
  const stream = await opening;
  t.is(stream.status, 200);
  reads.process.rightsChanged();
  let asked = false;
  reads.decide = async () => {
    asked = true;
    return { allowed: true, keepMs: 100 };
  };
  await eventually(async () => asked, Boolean);
  reads.decide = async () => ({ allowed: false, keepMs: 100 });
  await stream.ended;
  t.regex(stream.text(), /permission denied/);
});
