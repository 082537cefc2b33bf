import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { save } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

const segments = (key: string) => `/api/v2/environments/default/namespaces/default/resources/flipt.core.Segment/${key}`;

withChromium("a segment is made with a constraint of each type, used, edited and deleted", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByRole("button", { name: "New segment" }).click();
  await page.getByLabel("Key", { exact: true }).fill("be ta");
  await page.getByText("A key has letters").waitFor();
  await page.getByLabel("Key", { exact: true }).fill("trial");
  await page.getByLabel("Name", { exact: true }).fill("On trial");
  const constraint = (index: number) => page.getByRole("listitem").filter({ hasText: "Operator" }).nth(index);
  const add = async (index: number, type: string, property: string, operator: string): Promise<void> => {
    await page.getByRole("button", { name: "Add a constraint" }).click();
    await constraint(index).getByLabel("Type").selectOption({ label: type });
    if (property !== "") await constraint(index).getByLabel("Property").fill(property);
    await constraint(index).getByLabel("Operator").selectOption({ label: operator });
  };
  await add(0, "Text", "country", "is one of");
  await constraint(0).getByLabel("Values, one a line").fill("de\nfr, the south\n\n");
  await add(1, "Number", "age", "is at least");
  await constraint(1).getByLabel("Number", { exact: true }).fill("18.5");
  await add(2, "Yes or no", "paying", "is false");
  await add(3, "Date and time", "joined", "is above");
  t.true(await page.getByRole("button", { name: "Review and save" }).isDisabled(), "a date is missing");
  await constraint(3).getByLabel("Time (UTC)").fill("2026-01-02T03:04:05");
  await add(4, "Number", "level", "is none of");
  await constraint(4).getByLabel("Values, one a line").fill("1\ntwo");
  await page.getByText("two is no number.").waitFor();
  await constraint(4).getByLabel("Values, one a line").fill("1\n2");
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByText('"key": "trial"').waitFor();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name: "On trial" }).waitFor();
  const { body } = await daemon.get(segments("trial"));
  const written = body.resource.payload.constraints as { property: string; operator: string; value: string }[];
  t.deepEqual(
    written.map(({ property, operator, value }) => [property, operator, value]),
    [
      ["country", "isoneof", '["de","fr, the south"]'],
      ["age", "gte", "18.5"],
      ["paying", "false", ""],
      ["joined", "gt", "2026-01-02T03:04:05Z"],
      ["level", "isnotoneof", "[1,2]"],
    ],
  );
  t.regex(await remote.read(FILE), /key: trial/);
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), FILE);

  await page.getByRole("button", { name: "Edit On trial" }).click();
  await page.getByRole("button", { name: "Move constraint 5 up" }).click();
  await page.getByRole("button", { name: "Remove constraint 5" }).click();
  await page.getByRole("link", { name: "Flags", exact: true }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  await save(page);
  await page.getByText("trial is saved.").first().waitFor();
  await page.getByRole("button", { name: "Delete On trial" }).waitFor();
  t.notRegex(await remote.read(FILE), /joined/);

  await page.getByRole("button", { name: "Delete Germany" }).click();
  await page.getByRole("dialog").getByText("rule 2, rule 3").waitFor();
  t.true(await page.getByRole("button", { name: "Delete", exact: true }).isDisabled());
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete On trial" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("trial is deleted.").waitFor();
  t.is(await remote.read(FILE), await remote.read(FILE, "main~3"), "all is as it was");
});

withChromium("whoever edits a segment that somebody else has changed sees both, and loses nothing", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  await page.goto(`${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  const theirs = (await remote.read(FILE)).replace("name: Adults", "name: Grown-ups");
  const head = await push({ [FILE]: theirs });
  await save(page);
  await page.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  await page.getByText('"name": "Grown-ups"').first().waitFor();
  t.is(await remote.head(), head, "nothing was overwritten");
  await page.getByText("You changed nothing that they changed").waitFor();
  await page.getByRole("button", { name: "Save the merge" }).click();
  await page.getByText("adults is saved.").waitFor();
  const { payload } = (await daemon.get(segments("adults"))).body.resource;
  t.deepEqual([payload.name, payload.constraints[0].value], ["Grown-ups", "21"], "what both did is kept");
});

withChromium("a pushed segment is marked in the list", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByRole("heading", { name: "Adults" }).waitFor();
  const grown = EXAMPLE_FILES[FILE]?.replace("name: Adults", "name: Grown-ups") ?? "";
  await remote.commit({ [FILE]: grown });
  await page.getByRole("heading", { name: "Grown-ups" }).waitFor();
  await page.locator("#segment-adults").getByText("Changed", { exact: true }).waitFor();
  t.is(await page.getByText("Changed", { exact: true }).count(), 1);
});
