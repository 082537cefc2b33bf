import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

/** Pages with nothing on them, and what each says. */
const EMPTY: Readonly<Record<string, string>> = {
  flags: "No flags here yet",
  segments: "No segments here yet",
  playground: "Nothing asked yet",
  branches: "No branches yet",
  "history?flag=none": "No change yet",
  "segments/none": "There is no such segment",
};

withChromium("pages with nothing on them say what to do, and can be used by everybody", async (t) => {
  const { page, daemon } = await openConsole(t, { "default/features.yaml": "namespace: default\nflags: []\n" });
  for (const [path, words] of Object.entries(EMPTY)) {
    await showPage(page, `${daemon.url}${PLACE}/${path}`);
    await page.getByRole("heading", { name: words }).waitFor();
    await look(t, page, `empty-${path.replace(/\W.*/, "")}${path.includes("/") ? "-none" : ""}`);
  }
});

withChromium("what loads, what fails and the login can be used by everybody", async (t) => {
  const token = "a-static-token-of-the-test-0123456789";
  const methods = { token: { enabled: true, storage: { tokens: { ops: { credential: token } } } } };
  const { page, daemon } = await openConsole(t, EXAMPLE_FILES, {
    config: { authentication: { required: true, methods } },
    expected: [/status of 401/, /status of 500/],
  });
  await page.goto(`${daemon.url}${PLACE}/settings`);
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("This token is not known here.").waitFor();
  await look(t, page, "login-wrong");
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Your session" }).scrollIntoViewIfNeeded();
  await look(t, page, "settings-session", page.getByRole("region", { name: "Your session" }));
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/resources/flipt.core.Segment", async (route) => {
    await held;
    await route.fulfill({ status: 500, json: { code: 13, message: "the disk is full" } });
  });
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByText("Loading…").waitFor();
  await look(t, page, "loading");
  answer();
  await page.getByRole("heading", { name: "This could not be loaded" }).waitFor();
  await look(t, page, "failed");
});
