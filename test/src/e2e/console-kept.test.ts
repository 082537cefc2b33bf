import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, messageField, showPage } from "../helpers/browser/console-steps.js";
import { pressAt, typeAt } from "../helpers/browser/keyboard.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

withChromium("a form asks before it drops what is typed, also by keyboard", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  const forms = [
    { path: "flags/banner?edit=true", field: page.getByLabel("Description", { exact: true }).first() },
    { path: "new-flag", field: page.getByLabel("Name", { exact: true }) },
    {
      path: "segments/adults",
      field: page.getByLabel("Value", { exact: true }).or(page.getByLabel("Number", { exact: true })),
    },
    { path: "new-segment", field: page.getByLabel("Key", { exact: true }) },
  ];
  const asked = page.getByRole("dialog").getByRole("heading", { name: "Leave without saving?" });
  for (const { path, field } of forms) {
    await showPage(page, `${daemon.url}${PLACE}/${path}`);
    const before = await field.inputValue();
    await typeAt(page, field, "21");
    const typed = await field.inputValue();
    t.not(typed, before, path);
    const cancel = page.getByRole("button", { name: "Cancel" }).or(page.getByRole("link", { name: "Cancel" }));
    await pressAt(page, cancel);
    await asked.waitFor();
    await page.keyboard.press("Escape");
    await asked.waitFor({ state: "detached" });
    t.is(await field.inputValue(), typed, `${path}: Escape stays`);
    await pressAt(page, cancel);
    await pressAt(page, page.getByRole("button", { name: "Leave and lose it" }));
    await asked.waitFor({ state: "detached" });
    await field.waitFor({ state: "detached" });
    t.is(await page.evaluate("Object.keys(sessionStorage).length"), 0, `${path}: nothing is kept`);
  }
  t.is(await commits(remote), 1);
});

withChromium("a dialog keeps what is typed until it is opened again and has done its work", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const first = (await remote.head()) ?? "";
  await push({ [FILE]: EXAMPLE_FILES[FILE]?.replace("key: banner, name: Banner,", "key: banner, name: Big,") });
  const message = messageField(page.getByRole("dialog"));
  /** Types a message, leaves by Escape, and finds it again. */
  const keeps = async (opener: string): Promise<void> => {
    await pressAt(page, page.getByRole("button", { name: opener, exact: true }));
    await typeAt(page, message, "Long thought about");
    await page.keyboard.press("Escape");
    await message.waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await message.and(page.locator(":focus")).waitFor();
    t.is(await message.inputValue(), "Long thought about", opener);
  };
  await showPage(page, `${daemon.url}${PLACE}/history`);
  await keeps(`Roll back to ${first.slice(0, 8)}`);
  await page.reload();
  await message.waitFor();
  t.is(await message.inputValue(), "Long thought about");
  await pressAt(page, page.getByRole("dialog").getByRole("button", { name: "Roll back", exact: true }));
  await page.getByText(`default is as it was at ${first.slice(0, 8)}.`).waitFor();
  t.regex(await remote.git("log", "-1", "--format=%s", "main"), /^Long thought about/);

  await showPage(page, `${daemon.url}${PLACE}/flags/plain`);
  await keeps("Delete this flag…");
  await page.keyboard.press("Escape");
  await showPage(page, `${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  await keeps("Review and save");
  await pressAt(page, page.getByRole("button", { name: "Save", exact: true }));
  await page.getByText("adults is saved.").waitFor();
  await page.getByRole("button", { name: "Edit Adults" }).click();
  await page.getByLabel("Number", { exact: true }).fill("18");
  await page.getByRole("button", { name: "Review and save" }).click();
  await message.waitFor();
  t.is(await message.inputValue(), "", "a message that was used is not proposed again");

  await showPage(page, `${daemon.url}${PLACE}/settings`);
  await pressAt(page, page.getByRole("button", { name: "New namespace" }));
  await typeAt(page, page.getByLabel("Key", { exact: true }), "payments");
  await typeAt(page, page.getByLabel("Description"), "All that costs");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await page.getByText("What you had typed here before is back. It is not saved yet.").waitFor();
  t.is(await page.getByLabel("Description").inputValue(), "All that costs");
  await page.getByRole("button", { name: "Throw it away" }).click();
  t.is(await page.getByLabel("Key", { exact: true }).inputValue(), "");
});

withChromium("a question that was typed and not asked is there again at its address, and at no other", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  const playground = `${daemon.url}${PLACE}/playground`;
  await showPage(page, playground);
  await page.getByLabel("Flag", { exact: true }).selectOption({ label: "theme" });
  await page.getByLabel("Property 1", { exact: true }).fill("country");
  await page.getByLabel("Value 1", { exact: true }).fill("de");
  await page.getByRole("link", { name: "Segments", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Segments" }).waitFor();
  await showPage(page, `${playground}?flag=banner`);
  t.is(await page.getByLabel("Property 1", { exact: true }).inputValue(), "");
  await page.getByRole("link", { name: "Playground", exact: true }).click();
  await page.getByText("What you had typed here before is back. It is not asked yet.").waitFor();
  t.is(await page.getByLabel("Property 1", { exact: true }).inputValue(), "country");
  await page.getByRole("button", { name: "Throw it away" }).click();
  await page.getByText("What you had typed").waitFor({ state: "detached" });
  t.is(await page.getByLabel("Property 1", { exact: true }).inputValue(), "");
  t.is(await page.getByLabel("Flag", { exact: true }).inputValue(), "");
  await page.getByLabel("Flag", { exact: true }).selectOption({ label: "theme" });
  await page.getByRole("button", { name: "Evaluate" }).click();
  await page.waitForURL(/flag=theme/);
  await page.goBack();
  await page.getByText("Nothing asked yet").waitFor();
  t.is(await page.getByLabel("Flag", { exact: true }).inputValue(), "", "what was asked is kept no more");
});
