import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const EXAMPLE = EXAMPLE_FILES[FILE] ?? "";

withChromium("a push while a form is open is told there, and joined with what is typed", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const description = page.getByRole("region", { name: "About" }).getByLabel("Description", { exact: true });
  await description.fill("Mine");
  const pushed = EXAMPLE.replace("    name: Theme\n", "    name: Theme of theirs\n");
  await remote.commit({ [FILE]: pushed });
  await page.getByText("Somebody has changed this flag meanwhile.").waitFor();
  t.is(await description.inputValue(), "Mine", "nothing typed is lost");
  await page.getByRole("button", { name: "See both sides" }).click();
  await page.getByRole("dialog").getByText('"name": "Theme of theirs"').waitFor();
  await page.getByRole("dialog").getByText('"description": "Mine"').waitFor();
  await look(t, page, "meanwhile");
  await page.getByRole("button", { name: "Take both into the form" }).click();
  t.is(await page.getByLabel("Name", { exact: true }).first().inputValue(), "Theme of theirs");
  await page.getByText("Somebody has changed this flag meanwhile.").waitFor({ state: "detached" });
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  t.is(await commits(remote), 3);
  t.is(await remote.git("diff", "--numstat", "main~1", "main"), `1\t0\t${FILE}`);
  t.regex(await remote.read(FILE), /name: Theme of theirs\n[\s\S]*description: Mine\n/);

  await page.goto(`${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  const older = (await remote.read(FILE)).replace("operator: gte", "operator: gt");
  await remote.commit({ [FILE]: older });
  await page.getByText("Somebody has changed this segment meanwhile.").waitFor();
  await page.getByRole("button", { name: "See both sides" }).click();
  await page.getByRole("button", { name: "Take both into the form" }).click();
  await page.getByRole("button", { name: "Remove constraint 1" }).waitFor();
  t.is(await page.getByRole("listitem").filter({ hasText: "Operator" }).count(), 2, "another constraint is one more");
});

withChromium("a flag that somebody deletes while it is edited can be saved as a new one", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 404/] });
  await page.goto(`${daemon.url}${PLACE}/flags/banner?edit=true`);
  await page.getByLabel("Name", { exact: true }).fill("Banner of mine");
  const without = EXAMPLE.split("\n")
    .filter((line) => !line.includes("key: banner"))
    .join("\n");
  t.not(without, EXAMPLE);
  await remote.commit({ [FILE]: without });
  await page.getByText("Somebody has deleted this flag meanwhile.").waitFor();
  await page.getByRole("button", { name: "Go on with mine" }).click();
  await save(page, "Create");
  await page.getByText("banner is saved.").waitFor();
  await page.getByRole("heading", { name: "Banner of mine" }).waitFor();
  t.is(await commits(remote), 3);
  const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(body.enabled, true);
});
