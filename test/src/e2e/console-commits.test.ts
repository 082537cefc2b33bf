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

withChromium("a flag is saved as its file's diff showed it, with a message of one's own", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/checkout?edit=true`);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill("Now or never");
  await page.getByRole("button", { name: "Review and save" }).click();
  const shown = comingCommit(page).getByLabel(`Diff of ${FILE}`);
  await shown.getByText("description: Now or never").waitFor();
  await comingCommit(page).getByText(AUTHOR).waitFor();
  t.is(await messageField(page).getAttribute("placeholder"), "update flag default/checkout");
  const lines = (await shown.locator(":scope > div").allTextContents()).map((line) => line.trim());
  t.is(await commits(remote), 1, "nothing is committed by looking");
  await look(t, page, "review-commit");
  await messageField(page).fill("Say what checkout is\n\nSupport asked for it: <img src=x onerror=alert(1)>");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("checkout is saved.").waitFor();
  t.is(
    await lastCommit(remote),
    `${AUTHOR}\nSay what checkout is\n\nSupport asked for it: <img src=x onerror=alert(1)>\n`,
  );
  const diff = await remote.git("diff", "-U3", "main~1", "main", "--", FILE);
  const committed = diff.split("\n").filter((line) => /^[-+][^-+]/.test(line));
  t.true(committed.length > 0);
  for (const line of committed)
    t.true(
      lines.some((one) => one.endsWith(line.slice(1).trim())),
      line,
    );
});

withChromium("segments and namespaces take messages, when they are made, changed and deleted", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  await page.goto(`${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  await page.getByRole("button", { name: "Review and save" }).click();
  await comingCommit(page).getByText("21").first().waitFor();
  await messageField(page).fill("Grow up later");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("adults is saved.").waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nGrow up later\n`);

  await page.goto(`${daemon.url}${PLACE}/settings`);
  await page.getByRole("button", { name: "New namespace" }).click();
  await page.getByLabel("Key", { exact: true }).fill("payments");
  await page.getByLabel("Name", { exact: true }).fill("Payments");
  await comingCommit(page).getByText("payments/features.yaml").waitFor();
  await comingCommit(page).getByText("name: Payments").waitFor();
  await messageField(page).fill("A place for payments");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("payments is made.").waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nA place for payments\n`);
  await page.getByRole("button", { name: "Delete payments" }).click();
  await page.getByLabel("Type payments to be sure").fill("payments");
  await comingCommit(page).getByText("removed", { exact: true }).waitFor();
  await messageField(page).fill("No place for payments");
  await page.getByRole("button", { name: "Delete it with all that is in it" }).click();
  await page.getByText("payments is deleted.").waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nNo place for payments\n`);
  t.is(await remote.git("diff", "--name-only", first, "main"), FILE);
});

withChromium("what tests would refuse is said before it is saved", async (t) => {
  const cases = `version: "1"\ntests:\n  - { name: on, flag: banner, entity: ada, expect: { enabled: true } }\n`;
  const config = { environments: { default: { default: true, tests: "enforce" } } };
  const files = { ...EXAMPLE_FILES, "default/features.test.yaml": cases };
  const { page, daemon, remote } = await openConsole(t, files, { config, expected: [/status of 422/] });
  await page.goto(`${daemon.url}${PLACE}/flags/banner`);
  await page.getByRole("button", { name: "Delete this flag…" }).click();
  await page.getByRole("alert").getByText("It would be refused now").waitFor();
  await page.getByRole("alert").getByText("there is no flag default/banner").waitFor();
  t.is(await commits(remote), 1);
});

withChromium("a server that cannot show commits is asked for none, and saves as ever", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  await page.route("**/openapi.json", async (route) => {
    const answer = await route.fetch();
    const text = (await answer.text()).replaceAll('"dryRun"', '"other"');
    await route.fulfill({ response: answer, body: text });
  });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.postData() ?? ""));
  await push({ [FILE]: `${EXAMPLE_FILES[FILE]}# more\n` });
  await page.goto(`${daemon.url}${PLACE}/flags/checkout?edit=true`);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill("Now or never");
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).waitFor();
  t.is(await messageField(page).count(), 0);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("checkout is saved.").waitFor();
  t.is(await lastCommit(remote), `${AUTHOR}\nupdate flag default/checkout\n`);
  t.false(asked.some((text) => text.includes("dryRun") || text.includes('"message"')));
  await page.goto(`${daemon.url}${PLACE}/history?all=true`);
  await page.getByText("update flag default/checkout").first().waitFor();
  // It is there as soon as the server has told what it can.
  await page.getByRole("link", { name: "History", exact: true }).waitFor();
  t.is(await page.getByRole("button", { name: /^Roll back/ }).count(), 0);
});
