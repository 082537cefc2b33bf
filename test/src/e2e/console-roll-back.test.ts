import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { comingCommit, commits, lastCommit, messageField } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const AUTHOR = "flipt <flipt[bot]@noreply.flipt.io>";

withChromium("a flag, a namespace and an environment go back as their previews show", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  const [own = "", ops = ""] = [EXAMPLE_FILES[FILE], EXAMPLE_FILES["ops/features.yaml"]];
  const changed = own.replace("percentage: 50", "percentage: 75").replace("name: Banner,", "name: Big banner,");
  const both = {
    [FILE]: changed,
    "ops/features.yaml": `${ops}# of another team\n`,
    "more/features.yaml": "namespace: more\n",
  };
  await push(both, { message: "Much at once" });
  const back = page.getByRole("button", { name: `Roll back to ${first.slice(0, 8)}` });
  const run = page.getByRole("button", { name: "Roll back", exact: true });

  await page.goto(`${daemon.url}${PLACE}/history?flag=checkout`);
  await back.click();
  await comingCommit(page).getByText("percentage: 50").first().waitFor();
  const banner = comingCommit(page)
    .locator("div")
    .filter({ hasText: /^[-+](removed|added): .*Big banner/ });
  t.is(await banner.count(), 0, "the banner stays");
  await messageField(page).fill("Half is enough");
  await run.click();
  await page.getByText(`checkout is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nHalf is enough\n\nVexil-Rollback: ${first}\n`);

  await page.goto(`${daemon.url}${PLACE}/history`);
  await back.click();
  await comingCommit(page).getByText("Big banner").first().waitFor();
  await messageField(page).fill("A small banner again");
  await run.click();
  await page.getByText(`default is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nA small banner again\n\nVexil-Rollback: ${first}\n`);
  t.is(await remote.git("diff", "--name-only", first, "main"), "more/features.yaml\nops/features.yaml");

  await page.goto(`${daemon.url}${PLACE}/history?all=true`);
  await back.click();
  await comingCommit(page).getByText("more/features.yaml").waitFor();
  await comingCommit(page).getByText("# of another team").waitFor();
  await look(t, page, "roll-back-environment");
  await messageField(page).fill("All of it back");
  await run.click();
  await page.getByText(`default is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nAll of it back\n\nVexil-Rollback: ${first}\n`);
  t.is(await remote.git("rev-parse", "main^{tree}"), await remote.git("rev-parse", `${first}^{tree}`));
  t.is(await commits(remote), 5);
});

withChromium("an environment of hundreds of namespaces is compared, and goes back by one commit", async (t) => {
  const named = (name: string) =>
    Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => {
        const key = `team-${String(index).padStart(3, "0")}`;
        return [`${key}/features.yaml`, `namespace: ${key}\nflags: [{key: one, name: ${name}}]\n`];
      }),
    );
  const { page, daemon, remote, push } = await openConsole(t, named("One"));
  const first = (await remote.head()) ?? "";
  const head = await push(named("Two"), { message: "Everything at once" });
  await page.goto(`${daemon.url}/environments/default/namespaces/team-000/history?all=true`);
  for (const revision of [first, head]) await page.getByLabel(`Pick ${revision.slice(0, 8)}`).check();
  await page.getByRole("button", { name: "Compare them" }).click();
  await page.getByRole("heading", { name: `From ${first.slice(0, 8)} to ${head.slice(0, 8)}` }).waitFor();
  await page.getByText("and 50 more").waitFor();
  await page.getByLabel("Show changes").selectOption("text");
  await page.getByText('"name": "Two"').first().waitFor();
  await page.goBack();
  await page.getByRole("link", { name: "Back to the commits" }).click();
  await page.getByRole("button", { name: `Roll back to ${first.slice(0, 8)}` }).click();
  await comingCommit(page).getByText("team-099/features.yaml").waitFor();
  await comingCommit(page).getByText("and 150 more files").waitFor();
  await page.getByRole("button", { name: "Roll back", exact: true }).click();
  await page.getByText(`default is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.is(await remote.git("rev-parse", "main^{tree}"), await remote.git("rev-parse", `${first}^{tree}`));
  t.is(await commits(remote), 3);
});
