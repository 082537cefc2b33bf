import { backendConformance } from "@vexil/plugin-api/testing";
import test from "ava";
import { type SharedFault, sharedMapPlugin } from "../helpers/plugins/shared-map-plugin.js";

/** Faults, and the case that is there to find each. */
const FAULTS: readonly (readonly [SharedFault, string])[] = [
  ["lease runs out", "keeps a lease for as long as its holder lives"],
  ["storages share data", "keeps two storages on one store apart"],
  ["shallow never removes", "removes a commit from the shallow list once its parents are stored"],
  ["hints at own swaps only", "hints at what another instance swapped"],
  ["hints after abort", "watches without blocking, and stops when told"],
];

async function outcome(fault: SharedFault | undefined, title: string): Promise<string> {
  const found = backendConformance(sharedMapPlugin(fault)).find((one) => one.title === title);
  if (found === undefined) throw new Error(`no case is called "${title}"`);
  return found.run().catch((error: unknown) => `failed: ${error instanceof Error ? error.message : String(error)}`);
}

for (const [fault, title] of FAULTS) {
  test(`the kit finds a shared backend whose fault is: ${fault}`, async (t) => {
    const [healthy, faulty] = await Promise.all([outcome(undefined, title), outcome(fault, title)]);
    t.is(healthy, "passed");
    t.regex(faulty, /^failed: /);
    t.log(faulty);
  });
}

test("the kit finds hints that stay in the process that swapped", async (t) => {
  const module = new URL("../helpers/plugins/shared-map-module.js", import.meta.url);
  const title = "hints at what another process swapped";
  const found = backendConformance(sharedMapPlugin(), {}, { module }).find((one) => one.title === title);
  await t.throwsAsync(async () => found?.run(), { message: /the hint took longer than/ });
});
