import type { Config } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test from "ava";
import { reloadChanges } from "../../../../daemon/dist/reload-changes.js";

const config = (tokens: Readonly<Record<string, string>>): Config => {
  const settings = {
    storage: {
      tokens: Object.fromEntries(
        Object.entries(tokens).map(([name, credential]) => [name, { credential: new Secret(credential) }]),
      ),
    },
  };
  return withSinks({}, [{ method: "token", settings, path: "" }]);
};

const withSinks = (sinks: Readonly<Record<string, string>>, methods: readonly unknown[] = []): Config =>
  ({
    authentication: { methods },
    sinks: new Map(Object.entries(sinks).map(([name, secret]) => [name, { name, secret: new Secret(secret) }])),
  }) as unknown as Config;

test("static tokens that came, went or changed are told by name, never by what they are", (t) => {
  const before = config({ stays: "canary-1", turned: "canary-2", goes: "canary-3" });
  const changes = reloadChanges(before, config({ stays: "canary-1", turned: "canary-4", comes: "canary-5" }));
  t.deepEqual(changes, { tokens_added: ["comes"], tokens_changed: ["turned"], tokens_removed: ["goes"] });
  t.deepEqual(reloadChanges(before, before), {});
  const none = withSinks({});
  t.deepEqual(reloadChanges(none, before), { tokens_added: ["stays", "turned", "goes"] });
  const many = config(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`t${index}`, "canary"])));
  const { tokens_removed: removed } = reloadChanges(many, none) as { readonly tokens_removed: readonly string[] };
  t.is(removed.length, 51);
  t.is(removed.at(-1), "and 950 more");
  t.false(JSON.stringify([changes, removed]).includes("canary"));
});

test("sinks that came, went or changed are told by name", (t) => {
  const before = withSinks({ stays: "canary-1", turned: "canary-2", goes: "canary-3" });
  const changes = reloadChanges(before, withSinks({ stays: "canary-1", turned: "canary-4", comes: "canary-5" }));
  t.deepEqual(changes, { sinks_added: ["comes"], sinks_changed: ["turned"], sinks_removed: ["goes"] });
  t.deepEqual(reloadChanges(before, before), {});
});
