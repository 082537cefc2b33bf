import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("namespaces are made, named and deleted; times follow the zone that is chosen", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  await page.goto(`${daemon.url}${PLACE}/settings`);
  await page.getByRole("button", { name: "New namespace" }).click();
  await page.getByLabel("Key", { exact: true }).fill("ops");
  await page.getByText("There is a namespace with this key.").waitFor();
  await page.getByLabel("Key", { exact: true }).fill("payments");
  await page.getByLabel("Name", { exact: true }).fill("Payments");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("payments is made.").waitFor();
  t.regex(await remote.git("ls-tree", "-r", "--name-only", "main"), /^payments\//m);
  await page.getByRole("button", { name: "Rename payments" }).click();
  await page.getByLabel("Name", { exact: true }).fill("All payments");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "All payments" }).waitFor();
  const { body } = await daemon.get("/api/v2/environments/default/namespaces/payments");
  t.is(body.namespace.name, "All payments");
  await page.getByRole("button", { name: "Delete payments" }).click();
  const confirm = page.getByRole("button", { name: "Delete it with all that is in it" });
  t.true(await confirm.isDisabled());
  await page.getByLabel("Type payments to be sure").fill("payments");
  await confirm.click();
  await page.getByText("payments is deleted.").waitFor();
  t.is(await remote.git("diff", "--name-only", first, "main"), "");
  t.true(await page.getByRole("button", { name: "The default namespace stays" }).isDisabled());

  const time = await remote.git("log", "-1", "--format=%cI", first);
  const hour = (zone: string) =>
    new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", hour12: false }).format(new Date(time));
  await page.getByLabel("Times are shown as").selectOption("exact");
  for (const zone of ["Asia/Tokyo", "UTC"]) {
    await page.goto(`${daemon.url}${PLACE}/settings`);
    await page.getByLabel("Time zone").selectOption(zone);
    await page.getByLabel("Theme", { exact: true }).selectOption("dark");
    await page.goto(`${daemon.url}${PLACE}/history?segment=germany`);
    const shown = await page.locator("main time").first().textContent();
    const clock = /(\d\d?):\d\d:\d\d\s?(AM|PM)?/.exec(shown ?? "");
    const seen = (Number(clock?.[1]) % (clock?.[2] ? 12 : 24)) + (clock?.[2] === "PM" ? 12 : 0);
    t.is(seen, Number(hour(zone)), `${shown} in ${zone}`);
  }
  t.is(await page.evaluate("document.documentElement.dataset.theme"), "dark");
});

withChromium("no commit is asked for of what is being saved", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await page.clock.install();
  const asked: string[] = [];
  await page.route("**/namespaces", async (route, request) => {
    if (request.method() !== "PUT") return route.continue();
    const isPreview = request.postDataJSON().dryRun === true;
    asked.push(isPreview ? "shown" : "saved");
    if (isPreview) return route.continue();
    const response = await route.fetch();
    // Long enough for what was typed just before to be asked for.
    await page.clock.runFor(5_000);
    await route.fulfill({ response });
  });
  await page.goto(`${daemon.url}${PLACE}/settings`);
  await page.getByRole("button", { name: "Rename default" }).click();
  await page.getByLabel("Name", { exact: true }).fill("All flags");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("link", { name: "All flags" }).waitFor();
  t.is(asked.at(-1), "saved", asked.join(", "));
});
