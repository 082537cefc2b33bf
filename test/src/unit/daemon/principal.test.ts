import test from "ava";
import { actorOf, changingActor } from "../../../../daemon/dist/access/principal.js";

const identity = { subject: "ada", metadata: {}, claims: {} };

test("users of the same name at two providers are two actors, and no name runs into another", (t) => {
  const actors = [
    { method: "oidc", provider: "one", identity },
    { method: "oidc", provider: "two", identity },
    { method: "oidc", provider: "one:a", identity: { ...identity, subject: "b" } },
    { method: "oidc", provider: "one", identity: { ...identity, subject: "a:b" } },
    { method: "github", identity },
  ].map(actorOf);
  t.deepEqual(actors, ["oidc:one:ada", "oidc:two:ada", "oidc:one%3Aa:b", "oidc:one:a:b", "github:ada"]);
});

test("an actor is one line of bounded length, whatever its subject is", (t) => {
  const subject = `a\r\nVexil-Actor: token:root\u2028${"\u{1f6a9}".repeat(1000)}`;
  const actor = actorOf({ method: "jwt", identity: { ...identity, subject } });
  t.true(actor.startsWith("jwt:a Vexil-Actor: token:root \u{1f6a9}"));
  t.true(actor.length <= 512);
  t.is(Buffer.from(actor).toString(), actor);
});

test("where nobody had to say who it is, there is no actor", (t) => {
  t.is(changingActor(undefined), undefined);
});
