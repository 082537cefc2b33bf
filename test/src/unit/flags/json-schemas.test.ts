import { casesJsonSchema } from "@vexil/flags/cases/cases-schema";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS as limits } from "@vexil/flags/read/document";
import { featuresJsonSchema } from "@vexil/flags/read/features-schema";
import { blobId } from "@vexil/git/objects/object-id";
import { Ajv2020 } from "ajv/dist/2020.js";
import test from "ava";
import fc from "fast-check";
import { parse, parseAllDocuments } from "yaml";
import { BAD_FILES } from "../../helpers/files/odd-files.js";
import { exampleFiles } from "../../helpers/flags/published-files.js";

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
const isFeatures = ajv.compile(featuresJsonSchema());
const isTests = ajv.compile(casesJsonSchema());

const builder = createSnapshotBuilder({ processes: 1 });
test.after.always(() => builder.close());

const version = (path: string, text: string) => {
  const bytes = new TextEncoder().encode(text);
  return { path, oid: blobId(bytes), bytes, limits, storage: path };
};

/** Faults that no schema can name. */
const UNSAYABLE = /from .* is above to |integers have 64 bits|no JSON values|keys must be text/;

/** Words of `vexil validate` against the shape of a features file. */
async function featureFaults(text: string): Promise<readonly string[]> {
  const { findings } = await builder.inspect(version("a/features.yaml", text));
  const faults = findings.filter(({ rule }) => rule === "schema" || rule === "unknown-field");
  return faults.map(({ message }) => message).filter((message) => !UNSAYABLE.test(message));
}

/** Words of `vexil test` against a tests file. */
async function testFaults(text: string): Promise<readonly string[]> {
  const { faults } = await builder.cases(version("a/features.test.yaml", text));
  return faults.map(({ reason }) => reason).filter((reason) => !UNSAYABLE.test(reason));
}

const FEATURES = {
  version: "1.6",
  namespace: { key: "shop", name: "Shop", description: null },
  flags: [
    {
      key: "dark",
      name: "Dark",
      type: "BOOLEAN_FLAG_TYPE",
      enabled: false,
      metadata: { owner: "web", any: [null] },
      rollouts: [
        { segment: { keys: ["beta"], operator: "AND_SEGMENT_OPERATOR", value: true } },
        { threshold: { percentage: 25, value: true }, description: "a part" },
        { segment: { key: "beta" } },
      ],
    },
    {
      key: "checkout",
      name: "Checkout",
      variants: [{ key: "one page", name: "One", attachment: { steps: 1 }, default: true }],
      rules: [
        { segment: "beta", rank: 1, distributions: [{ variant: "one page", rollout: 100 }] },
        { segment: { keys: ["beta"], operator: null } },
      ],
    },
  ],
  segments: [
    {
      key: "beta",
      name: "Beta",
      match_type: "ANY_MATCH_TYPE",
      description: "some",
      constraints: [
        { type: "STRING_COMPARISON_TYPE", property: "plan", operator: "isoneof", value: ["beta"] },
        { type: "NUMBER_COMPARISON_TYPE", property: "age", operator: "isnotoneof", value: [1, 2.5] },
        { type: "BOOLEAN_COMPARISON_TYPE", property: "is", operator: "true" },
        { type: "DATETIME_COMPARISON_TYPE", property: "at", operator: "lt", value: "2026-01-01" },
        { type: "ENTITY_ID_COMPARISON_TYPE", property: "id", operator: "prefix", value: "a" },
      ],
    },
  ],
};

const TESTS = {
  version: "1",
  namespace: "shop",
  tests: [
    {
      name: "beta",
      namespace: "shop",
      flag: "checkout",
      entity: "ada",
      context: { plan: "beta", age: 5, is: true },
      expect: { variant: "x", attachment: null, reason: "MATCH_EVALUATION_REASON", segments: ["beta"], enabled: true },
    },
    { name: "part", flag: "dark", expect: { share: { enabled: true, from: 10, to: 60 } } },
    { name: "variants", flag: "dark", expect: { share: { variant: "x", from: 0, to: 100 } } },
  ],
};

const JUNK = [
  ...[null, true, false, 0, 1, -1, 101, 1.5, "", "key", "a b", "a\nb", [], ["x"], [1], [null], [""], {}, { key: "x" }],
  ...["1.0", "1.1", "1.2", "1.3", "1.5", "1.6", "1.7", "BOOLEAN_FLAG_TYPE", "VARIANT_FLAG_TYPE", "isoneof", "eq"],
  ...["NUMBER_COMPARISON_TYPE", "BOOLEAN_COMPARISON_TYPE", "OR_SEGMENT_OPERATOR", "present", { share: {} }],
];

interface Change {
  readonly place: number;
  readonly how: "replace" | "leave out" | "add";
  readonly junk: number;
}

const changes = fc.array(
  fc.record({
    place: fc.nat({ max: 1_000 }),
    how: fc.constantFrom<Change["how"]>("replace", "replace", "leave out", "add"),
    junk: fc.nat({ max: JUNK.length - 1 }),
  }),
  { maxLength: 2 },
);

/** A document with something else at some of its places. */
function changed(document: object, all: readonly Change[]): object {
  const copy = structuredClone(document);
  for (const { place, how, junk } of all) {
    const places = [...placesOf(copy)];
    const [parent, key] = places[place % places.length] as [Record<string, unknown>, string];
    if (how === "leave out" && !Array.isArray(parent)) delete parent[key];
    else if (how === "add" && !Array.isArray(parent)) parent[key === "key" ? "keys" : "description"] = JUNK[junk];
    else parent[key] = structuredClone(JUNK[junk]);
  }
  return copy;
}

function* placesOf(value: unknown): Generator<readonly [object, string]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    yield [value, key];
    yield* placesOf(item);
  }
}

for (const [name, document, isValid, faultsOf] of [
  ["features", FEATURES, isFeatures, featureFaults],
  ["tests", TESTS, isTests, testFaults],
] as const) {
  test(`the JSON Schema of ${name} files refuses what is refused, and nothing else`, async (t) => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (all) => {
        const made = changed(document, all);
        const text = JSON.stringify(made);
        const faults = await faultsOf(text);
        refused += faults.length > 0 ? 1 : 0;
        t.is(isValid(made), faults.length === 0, `${text}\n${faults}\n${ajv.errorsText(isValid.errors)}`);
      }),
      { numRuns: 250, seed: 20_261_130 },
    );
    t.true(refused > 100 && refused < 245, `${refused} refused`);
  });
}

test("the JSON Schema of features files takes the specification's examples, and refuses files of a wrong shape", async (t) => {
  for (const [path, text] of Object.entries(exampleFiles())) t.true(isFeatures(parse(text)), path);
  let refused = 0;
  for (const { title, content, name = "features.yaml", limits: own } of BAD_FILES) {
    if (own !== undefined || typeof content !== "string" || !name.endsWith("yaml")) continue;
    const documents = parseAllDocuments(content, { merge: true, logLevel: "silent" });
    if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) continue;
    if ((await featureFaults(content)).length === 0) continue;
    refused += 1;
    t.false(
      documents.every((document) => isFeatures(document.toJS())),
      title,
    );
  }
  t.true(refused > 20, `${refused}`);
});
