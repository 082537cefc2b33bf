import type { Config } from "@vexil/config/config";
import { Secret } from "@vexil/plugin-api";
import test from "ava";
import { tokenChanges } from "../../../../daemon/dist/access/token-changes.js";

const config = (tokens: Readonly<Record<string, string>>): Config => {
  const settings = {
    storage: {
      tokens: Object.fromEntries(
        Object.entries(tokens).map(([name, credential]) => [name, { credential: new Secret(credential) }]),
      ),
    },
  };
  return { authentication: { methods: [{ method: "token", settings, path: "" }] } } as unknown as Config;
};

test("static tokens that came, went or changed are told by name, never by what they are", (t) => {
  const before = config({ stays: "canary-1", turned: "canary-2", goes: "canary-3" });
  const changes = tokenChanges(before, config({ stays: "canary-1", turned: "canary-4", comes: "canary-5" }));
  t.deepEqual(changes, { tokens_added: ["comes"], tokens_changed: ["turned"], tokens_removed: ["goes"] });
  t.deepEqual(tokenChanges(before, before), {});
  const none = { authentication: { methods: [] } } as unknown as Config;
  t.deepEqual(tokenChanges(none, before), { tokens_added: ["stays", "turned", "goes"] });
  const many = config(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`t${index}`, "canary"])));
  const { tokens_removed: removed } = tokenChanges(many, none) as { readonly tokens_removed: readonly string[] };
  t.is(removed.length, 51);
  t.is(removed.at(-1), "and 950 more");
  t.false(JSON.stringify([changes, removed]).includes("canary"));
});
