import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { isOver, type Revocable, SKEW_MS } from "../../../../daemon/dist/access/sessions/revocation.js";
import { RevokedSessions } from "../../../../daemon/dist/access/sessions/revoked-sessions.js";
import { temporaryDirectory } from "../../helpers/files/temporary-directory.js";

const HOUR = 3_600_000;
const issuer = "https://id.example";

function revoked({ file, lifeMs = () => HOUR }: { file?: string; lifeMs?: () => number } = {}): {
  readonly sessions: RevokedSessions;
  readonly faults: readonly string[];
} {
  const faults: string[] = [];
  const sessions = new RevokedSessions({ file: () => file, lifeMs, onFault: (reason) => faults.push(reason) });
  return { sessions, faults };
}

const session = (changes: Partial<Revocable> = {}): Revocable => ({
  id: "1",
  method: "oidc",
  provider: "corp",
  login: { issuer, sid: "a", sub: "ada" },
  createdAt: Date.now() - 60_000,
  ...changes,
});

test("a revocation ends the sessions that have all that it names, and began before it", async (t) => {
  const named = [
    { id: "1" },
    { id: "1", method: "oidc", provider: "corp" },
    { method: "oidc", provider: "corp", sid: "a" },
    { method: "oidc", provider: "corp", sub: "ada" },
    { method: "oidc", provider: "corp", issuer, sid: "a", sub: "ada" },
    { method: "oidc", provider: "corp" },
    {},
  ];
  for (const one of named) {
    const { sessions } = revoked();
    await sessions.add({ ...one, at: Date.now() - 1000 });
    t.true(sessions.has(session()), JSON.stringify(one));
    const others = [
      session({ id: "2", method: "github", provider: undefined, login: {} }),
      session({ id: "2", provider: "other" }),
      session({ id: "2", login: { issuer, sid: "b", sub: "bob" } }),
      session({ id: "2", createdAt: Date.now() + SKEW_MS }),
    ];
    const ends = others.map((other) => sessions.has(other));
    const isAll = Object.keys(one).length === 0;
    t.deepEqual(ends, [isAll, isAll, isAll || (!("sid" in one) && !("sub" in one) && !("id" in one)), false]);
  }
});

test("however many are ended, none comes back, and other providers keep theirs", async (t) => {
  const { sessions } = revoked();
  const at = Date.now() - 1000;
  await sessions.add({ id: "1", method: "oidc", provider: "corp", at: at - 1 });
  await sessions.add({ method: "oidc", provider: "corp", issuer, sid: "a", at: at - 1 });
  for (let count = 0; count < 120_000; count += 1) {
    await sessions.add({ method: "oidc", provider: "corp", issuer, sid: `made up ${count}`, at });
  }
  t.true(sessions.has(session({ login: {} })), "by its id");
  t.true(sessions.has(session({ id: "2" })), "by its login");
  t.false(sessions.has(session({ provider: "other" })));
  t.false(sessions.has(session({ id: "2", login: { issuer, sid: "b", sub: "bob" }, createdAt: at + SKEW_MS + 1 })));
});

test("ends that nobody has proved, however many, end nobody else's session and displace no proven one", async (t) => {
  const { sessions } = revoked();
  const at = Date.now() - 1000;
  await sessions.add({ method: "oidc", provider: "corp", issuer, sid: "a", at });
  for (let count = 0; count < 120_000; count += 1) {
    await sessions.add({ method: "oidc", provider: "corp", issuer, sid: `made up ${count}`, at, unproven: true });
  }
  t.true(sessions.has(session()));
  const of = (sid: string): boolean => sessions.has(session({ id: "2", login: { issuer, sid, sub: "bob" } }));
  t.false(of("b"));
  t.true(of("made up 119999"));
  t.true(sessions.common().length < 20_000, "they are bounded");
  const [proved] = sessions.takeIn([{ method: "oidc", provider: "corp", issuer, sid: "made up 119999", at }]);
  t.truthy(proved, "a proof is news");
  t.is(sessions.takeIn([{ method: "oidc", provider: "corp", issuer, sid: "a", at, unproven: true }]).length, 0);
});

test("a clock that is a minute ahead keeps no session of before its end, and who logs in again is let in", async (t) => {
  const { sessions } = revoked();
  const at = Date.now();
  const end = { method: "oidc", provider: "corp", sub: "ada", at };
  const ahead = session({ createdAt: at + SKEW_MS - 1 });
  await sessions.add(end);
  t.true(sessions.has(ahead));
  t.true(isOver(ahead, end));
  const again = session({ createdAt: sessions.notBefore(session()) });
  t.false(sessions.has(again));
  t.false(isOver(again, end));
  t.is(sessions.notBefore(session({ login: { issuer, sid: "b", sub: "bob" } })), Number.NEGATIVE_INFINITY);
});

test("a session that was ended while sessions were short does not come back when they are long again", async (t) => {
  let lifeMs = HOUR;
  const { sessions } = revoked({ lifeMs: () => lifeMs });
  await sessions.add({ id: "1", method: "oidc", provider: "corp", at: Date.now() - 2 * HOUR });
  await sessions.add({ id: "other", method: "oidc", provider: "corp", at: Date.now() });
  lifeMs = 24 * HOUR;
  t.true(sessions.has(session({ createdAt: Date.now() - 3 * HOUR })));
  t.false(sessions.has(session({ id: "2", createdAt: Date.now() - HOUR })));
});

test("what was ended is in the file, whoever came while it was written", async (t) => {
  const file = join(await temporaryDirectory(t), "access", "revoked.json");
  const { sessions, faults } = revoked({ file });
  await sessions.load();
  const ids = Array.from({ length: 500 }, (_, index) => String(index));
  await Promise.all(ids.map((id) => sessions.add({ id, method: "oidc", provider: "corp", at: Date.now() })));
  const { sessions: later } = revoked({ file });
  await later.load();
  t.true(ids.every((id) => later.has(session({ id, login: {} }))));
  t.false(later.has(session({ id: "none" })));
  t.deepEqual(faults, []);
});

test("what is ended while the file is read is added to what it has", async (t) => {
  const file = join(await temporaryDirectory(t), "revoked.json");
  await writeFile(file, JSON.stringify([{ id: "1", method: "oidc", provider: "corp", at: Date.now() }]));
  const { sessions } = revoked({ file });
  const loading = sessions.load();
  await sessions.add({ id: "2", method: "oidc", provider: "corp", at: Date.now() });
  await loading;
  const { sessions: later } = revoked({ file });
  await later.load();
  t.deepEqual(
    ["1", "2", "3"].map((id) => later.has(session({ id, login: {} }))),
    [true, true, false],
  );
});

test("a file that cannot be read ends all sessions that began before, and is replaced", async (t) => {
  for (const text of ["", "{}", "[1]", '[{"id":"2"}]', '[{"id":2,"at":1}]', "\0"]) {
    const file = join(await temporaryDirectory(t), "revoked.json");
    await writeFile(file, text);
    const { sessions, faults } = revoked({ file });
    await sessions.load();
    t.is(faults.length, 1, text);
    t.true(sessions.has(session()), text);
    t.false(sessions.has(session({ createdAt: Date.now() + SKEW_MS + 1000 })), text);
    t.is((JSON.parse(await readFile(file, "utf8")) as readonly unknown[]).length, 1, text);
  }
});

test("what others have ended counts and is kept, each once, and what is over or not yet is not taken in", async (t) => {
  const file = join(await temporaryDirectory(t), "revoked.json");
  const { sessions } = revoked({ file });
  await sessions.load();
  const now = Date.now();
  const own = { id: "7", method: "oidc", provider: "corp", at: now - 5 };
  await sessions.add(own);
  await sessions.add({ at: now - 2 * HOUR });
  const theirs = { method: "oidc", provider: "corp", sub: "ada", at: now - 10 };
  const over = { id: "8", at: now - 2 * HOUR };
  const early = { id: "9", at: now + HOUR };
  t.deepEqual(sessions.takeIn([own, theirs, over, early]), [theirs]);
  t.true(sessions.has(session()));
  t.deepEqual(sessions.takeIn([theirs, { ...theirs, at: now - 20 }]), []);
  t.deepEqual(sessions.common(), [own, theirs], "what is over, or for this daemon alone, others are not told");
  const later = { ...theirs, at: now };
  t.deepEqual(sessions.takeIn([later]), [later]);
  await sessions.add({ id: "10", at: now });
  const { sessions: again } = revoked({ file });
  await again.load();
  t.true(again.has(session()));
});
