import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { save } from "../helpers/browser/console-steps.js";
import { accessibilityFaults, openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("JSON is led to where it is none, put in order without losing a digit, and left by Tab", async (t) => {
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const text = page.getByLabel("Attachment (JSON)").nth(1);
  const selected = () =>
    page.evaluate(
      "[document.activeElement.selectionStart, document.activeElement.value.slice(document.activeElement.selectionStart)]",
    );
  const tag = () => page.evaluate("document.activeElement.tagName");
  await text.fill('{\n  "hex": "#111",\n  "level": oops\n}');
  await page.getByRole("button", { name: "Go to line 3" }).click();
  t.deepEqual(await selected(), [30, "oops\n}"]);
  t.deepEqual(await accessibilityFaults(page), []);
  await text.fill('{"hex":"#111","level":4}');
  await page.getByRole("button", { name: "Tidy up" }).click();
  t.is(await text.inputValue(), '{\n  "hex": "#111",\n  "level": 4\n}');
  await text.focus();
  t.is(await tag(), "TEXTAREA");
  await page.keyboard.press("Tab");
  t.not(await tag(), "TEXTAREA");
  await text.fill('{"big":12345678901234567890}');
  t.is(await page.getByRole("button", { name: "Tidy up" }).count(), 0);
  await text.fill('{"hex":"#111","level":4}');
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  const { body } = await daemon.get("/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/theme");
  t.deepEqual(body.resource.payload.variants[1].attachment, { hex: "#111", level: 4 });

  await page.goto(`${daemon.url}${PLACE}/playground?flag=theme&context=${encodeURIComponent('{\n"country": de}')}`);
  await page.getByRole("button", { name: "Go to line 2" }).click();
  t.deepEqual(await selected(), [13, "de}"]);
  t.true(await page.getByRole("button", { name: "Evaluate" }).isDisabled());
  await page.getByRole("heading", { name: "The context is no JSON object" }).waitFor();
  t.is(await page.getByText(/^This is no JSON/).count(), 1, "what is wrong is said once, where it can be mended");
  t.is(await page.getByText("This could not be loaded").count(), 0);
  await page.getByLabel("Context (JSON object)").fill("[]");
  await page.getByText("This has to be a JSON object.").waitFor();
});
