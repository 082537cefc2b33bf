import { rename } from "node:fs/promises";
import test from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { providerConsole, signIn } from "../helpers/browser/provider-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

const loginPage = (page: Page) => page.getByRole("heading", { name: "Log in to Vexil" });

withChromium(
  "a provider's button leads back to the page that was asked for, and commits are that user's",
  async (t) => {
    const { page, top, remote } = await providerConsole(t);
    const wanted = `${top}${PLACE}/flags?q=ban&type=boolean`;
    await page.goto(wanted);
    await loginPage(page).waitFor();
    t.is(await page.getByLabel("Token").count(), 0, "no method takes one");
    await look(t, page, "login-provider");
    await page.getByRole("button", { name: "Continue with corp" }).click();
    await signIn(page);
    await page.getByText("1 of 5 flags").waitFor();
    t.is(page.url(), wanted);
    await page.getByRole("banner").getByText("Ada Lovelace", { exact: true }).waitFor();

    await page.getByRole("switch", { name: "Banner is on" }).click();
    await page.getByText("banner is off.").waitFor();
    t.is(await remote.git("log", "-1", "--format=%an <%ae>", "main"), "Ada Lovelace <ada@example.com>");
    t.is(await remote.git("diff", "--name-only", "main~1", "main"), FILE);
    t.regex(await remote.read(FILE), /key: banner, .*enabled: false/);

    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Yes, sign me out" }).click();
    await loginPage(page).waitFor();
    t.is(new URL(page.url()).origin, new URL(top).origin);
    for (const path of [`${PLACE}/flags/banner`, `${PLACE}/history`, `${PLACE}/settings`, "/status"]) {
      await page.goto(top + path);
      await loginPage(page).waitFor();
      t.notRegex((await page.locator("body").textContent()) ?? "", /Banner|default|Ada/, path);
    }
    await page.goBack();
    await loginPage(page).waitFor();
  },
);

withChromium("below a path a provider's button leads back there, and so does the logout", async (t) => {
  const { page, top } = await providerConsole(t, "/ops/flags");
  await page.goto(`${top}${PLACE}/flags/theme`);
  await page.getByRole("button", { name: "Continue with corp" }).click();
  await signIn(page);
  await page.getByRole("heading", { name: "Theme" }).waitFor();
  t.is(page.url(), `${top}${PLACE}/flags/theme`);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Yes, sign me out" }).click();
  await loginPage(page).waitFor();
  t.true(page.url().startsWith(`${top}/login`), page.url());
});

withChromium("while the remote is away pages say so, answer and keep what is typed; then it is saved", async (t) => {
  const { page, context, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 5\d\d/] });
  const place = daemon.url + PLACE;
  await page.goto(`${place}/flags/banner?edit=true`);
  const description = page.getByLabel("Description", { exact: true });
  await description.fill("Typed before");
  await rename(remote.path, `${remote.path}.away`);
  const banner = page.getByRole("status").filter({ hasText: "Storage default has failed." });
  await banner.getByText("the remote has no repository").waitFor();
  await save(page);
  await page
    .getByRole("alert")
    .getByText(/^storage default failed: .*nothing was written/)
    .waitFor();
  await page.getByRole("button", { name: "Keep editing" }).click();
  t.is(await description.inputValue(), "Typed before");
  await look(t, page, "remote-away");

  const other = await context.newPage();
  await other.goto(`${place}/playground?flag=banner&entity=ada`);
  await other.getByText("because nothing matched").waitFor();
  await other.goto(`${place}/flags`);
  await other.getByRole("switch", { name: "Banner is on" }).click();
  await other.getByText(/^banner was not changed: storage default failed/).waitFor();
  await other.getByRole("switch", { name: "Banner is on", checked: true }).waitFor();
  const asked = { flagKey: "banner", entityId: "ada" };
  t.is((await daemon.post("/evaluate/v1/boolean", asked)).body.enabled, true);
  await other.close();

  await rename(`${remote.path}.away`, remote.path);
  await banner.waitFor({ state: "detached" });
  t.is(await commits(remote), 1);
  await save(page);
  await page.getByText("banner is saved.").waitFor();
  t.is(await commits(remote), 2);
  t.regex(await remote.read(FILE), /key: banner,.*description: Typed before/);
});
