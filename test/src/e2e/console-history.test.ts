import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits } from "../helpers/browser/console-steps.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

withChromium("two commits are compared, and a flag is rolled back after a look at what that changes", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const original = EXAMPLE_FILES[FILE] ?? "";
  const first = (await remote.head()) ?? "";
  const half = original.replace("percentage: 50", "percentage: 75");
  await remote.commit({ [FILE]: half }, { message: "Raise checkout", author: "Bea <bea@example.com>" });
  const served = await push(
    { [FILE]: half.replace("name: Banner,", "name: Big banner,") },
    { message: "Rename the banner" },
  );
  await page.goto(`${daemon.url}${PLACE}/history`);
  await page.getByText("Rename the banner").waitFor();
  await page.getByText("Bea").first().waitFor();
  await page.getByLabel(`Pick ${first.slice(0, 8)}`).check();
  await page.getByLabel(`Pick ${served.slice(0, 8)}`).check();
  await page.getByRole("button", { name: "Compare them" }).click();
  await page.getByRole("heading", { name: `From ${first.slice(0, 8)} to ${served.slice(0, 8)}` }).waitFor();
  await page.getByText("after: Big banner").waitFor();
  await page.getByText("rollouts › 2 › threshold › percentage").waitFor();
  await page.getByLabel("Show changes").selectOption("text");
  await page.getByText('"name": "Big banner"').waitFor();
  t.regex(page.url(), /view=text/);

  await page.goto(`${daemon.url}${PLACE}/history?flag=checkout`);
  await page.getByRole("button", { name: `Roll back to ${first.slice(0, 8)}` }).click();
  await page.getByRole("dialog").getByText("rollouts › 2 › threshold › percentage").waitFor();
  await page.getByRole("dialog").getByText("Other answers: checkout").waitFor();
  await page.getByRole("button", { name: "Roll back", exact: true }).click();
  await page.getByText(`checkout is as it was at ${first.slice(0, 8)}.`).waitFor();
  const expected = original.replace("name: Banner,", "name: Big banner,");
  t.is((await remote.read(FILE))?.trimEnd(), expected.trimEnd(), "the banner stays");
  t.is(await commits(remote), 4);
  await page.getByRole("listitem").filter({ hasText: "checkout" }).nth(2).waitFor();

  await page.goto(`${daemon.url}${PLACE}/history`);
  await page.getByLabel("Commits of").selectOption("all");
  await page.getByText("ops/").first().waitFor();
});
