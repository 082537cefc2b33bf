import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { hold, KEYS, MARKUP, openHostile, RIGHT } from "../helpers/browser/hostile-console.js";
import { PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("lists, the past, the playground and settings show hostile texts as texts", async (t) => {
  const { page, daemon } = await openHostile(t);
  const hostile = encodeURIComponent(MARKUP);
  const context = encodeURIComponent(JSON.stringify({ [MARKUP]: MARKUP, ["__proto__"]: RIGHT }));
  const questions = KEYS.map((key) => `playground?flag=${key}&entity=${hostile}&context=${context}`);
  const paths = [
    ...["flags", `flags?q=${hostile}`, "segments", "branches", "settings", "new-flag", "new-segment"],
    ...["history", "history?flag=__proto__", "history?base=main~1", "history?base=main~1&view=text"],
    ...questions,
    `playground?all=true&entity=${hostile}&context=${context}`,
  ].map((path) => `${PLACE}/${path}`);
  const others = [`/environments/${hostile}/namespaces/${hostile}/flags`, "/status", `/login?to=${hostile}`];
  for (const path of [...paths, ...others]) {
    await page.goto(daemon.url + path);
    await hold(t, page, path);
    const folded = page.locator("main details:not([open]) > summary");
    if ((await folded.count()) === 0) continue;
    await folded.first().click();
    await hold(t, page, `${path}, unfolded`);
  }
  await page.goto(`${daemon.url}${PLACE}/history`);
  await page.getByText(MARKUP, { exact: true }).first().waitFor();
});
