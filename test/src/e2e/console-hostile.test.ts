import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { hold, KEYS, MARKUP, openHostile, WIDTH_OF_RIGHT } from "../helpers/browser/hostile-console.js";
import { look } from "../helpers/browser/look.js";
import { PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("flags and segments that are named to do harm are texts on each of their pages", async (t) => {
  const { page, daemon } = await openHostile(t);
  for (const key of KEYS) {
    for (const path of [`flags/${key}`, `flags/${key}?edit=true`, `segments/${key}`]) {
      await page.goto(`${daemon.url}${PLACE}/${path}`);
      await hold(t, page, path);
    }
  }
  await page.goto(`${daemon.url}${PLACE}/flags/markup`);
  await page.getByRole("heading", { name: MARKUP, exact: true }).waitFor();
  await page.getByText("Recent changes").waitFor();
  // Wide enough for it to be on one line.
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${daemon.url}${PLACE}/flags/right`);
  await page.getByText("Recent changes").waitFor();
  const width = await page.evaluate<number>(WIDTH_OF_RIGHT);
  t.true(width > 60, `${width} pixels: what is right to left moves nothing around it`);
  await page.setViewportSize({ width: 390, height: 900 });
  for (const key of ["markup", "long"]) {
    await page.goto(`${daemon.url}${PLACE}/flags/${key}`);
    await page.getByText("Recent changes").waitFor();
    const height = await page.evaluate<number>("document.getElementById('main').scrollHeight");
    t.true(height < 12_000, `${key} is ${height} pixels long`);
  }
  await page.goto(`${daemon.url}${PLACE}/flags/markup`);
  await page.getByText("Recent changes").waitFor();
  await look(t, page, "hostile-flag");
});
