import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const FLAG = "/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag";

withChromium("rules are moved by dragging and by keyboard, and shares stay a whole", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  // All rules at once: what scrolls while it is dragged is the browser's business.
  await page.setViewportSize({ width: 1440, height: 2_400 });
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const rules = page.getByRole("region", { name: "Rules" });
  const handles = rules.getByTitle("Drag to move this rule");
  await handles.nth(2).dragTo(handles.nth(0));
  await rules.getByText("The rule is now number 1 of 3.").waitFor();
  await rules.getByRole("button", { name: "Move rule 2 down" }).focus();
  await page.keyboard.press("Enter");
  await rules.getByText("The rule is now number 3 of 3.").waitFor();
  t.is(await page.evaluate("document.activeElement.ariaLabel"), "Move rule 3 down", "the focus stays with the rule");
  await rules.getByRole("listitem").nth(1).getByLabel("Share in %").nth(0).fill("50");
  await page.getByLabel("Attachment (JSON)").nth(1).fill("7");
  await page.getByText("This has to be a JSON object or list.").waitFor();
  t.is(await page.getByLabel("Attachment (JSON)").nth(1).getAttribute("aria-invalid"), "true");
  await page.getByLabel("Attachment (JSON)").nth(1).fill('{"hex": "#111"}');
  await look(t, page, "edit-rules", rules);
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  const { rules: saved } = (await daemon.get(`${FLAG}/theme`)).body.resource.payload;
  t.deepEqual(
    saved.map(({ segments }: { segments: readonly string[] }) => segments),
    [["germany"], ["germany", "adults"], ["beta"]],
  );
  const shares = saved[1].distributions.map(({ rollout }: { rollout: number }) => rollout);
  t.deepEqual(shares, [50, 25, 25]);
  t.is(await commits(remote), 2);
  t.regex(await remote.read(FILE), /rollout: 50\b/);
});

withChromium("a rule is moved by a finger on a narrow screen", async (t) => {
  const { page, context, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.setViewportSize({ width: 390, height: 3_200 });
  await page.goto(`${daemon.url}${PLACE}/flags/theme?edit=true`);
  const rules = page.getByRole("region", { name: "Rules" });
  const handles = rules.getByTitle("Drag to move this rule");
  await handles.nth(2).waitFor();
  const [first, last] = await Promise.all([handles.nth(0).boundingBox(), handles.nth(2).boundingBox()]);
  if (first === null || last === null) throw new Error("no handles to drag by");
  const finger = await context.newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", ...ys: readonly number[]): Promise<unknown> =>
    finger.send("Input.dispatchTouchEvent", { type, touchPoints: ys.map((y) => ({ x: first.x + 8, y })) });
  await touch("touchStart", last.y + 8);
  for (const part of [0.7, 0.4, 0.1]) await touch("touchMove", first.y + 8 + (last.y - first.y) * part);
  await touch("touchEnd");
  await rules.getByText("The rule is now number 1 of 3.").waitFor();
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  const { rules: saved } = (await daemon.get(`${FLAG}/theme`)).body.resource.payload;
  t.deepEqual(saved[0].segments, ["germany"]);
  t.is(await commits(remote), 2);
});
