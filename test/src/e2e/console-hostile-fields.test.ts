import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import {
  HOSTILE_FILE,
  hold,
  LONG,
  MARKUP,
  openHostile,
  RIGHT,
  showAndHold,
  TYPED,
} from "../helpers/browser/hostile-console.js";
import { PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);

withChromium("forms of namespaces and segments take hostile texts, and dialogs show them as texts", async (t) => {
  const { page, daemon } = await openHostile(t);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const show = (path: string) => showAndHold(t, page, daemon.url + path);

  await show(`${PLACE}/settings`);
  await button("New namespace").click();
  await page.getByLabel("Key", { exact: true }).fill(MARKUP);
  await hold(t, page, "a namespace's key");
  await page.getByLabel("Key", { exact: true }).fill("__proto__");
  await page.getByLabel("Name", { exact: true }).fill(TYPED);
  await page.getByLabel("Description").fill(`${TYPED}${LONG}`);
  await page.getByLabel("Diff of __proto__/features.yaml").waitFor();
  await hold(t, page, "a new namespace");
  await button("Make it").click();
  await page.getByText("__proto__ is made.").waitFor();
  await hold(t, page, "namespaces");

  await show(`${PLACE}/new-segment`);
  await page.getByLabel("Key", { exact: true }).fill("typed");
  await page.getByLabel("Name", { exact: true }).fill(TYPED);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill(LONG);
  await button("Add a constraint").click();
  const constraint = page.getByRole("region", { name: "Constraints" });
  await constraint.getByLabel("Property").fill("__proto__");
  await constraint.getByLabel("Operator").selectOption({ label: "is one of" });
  await constraint.getByLabel("Values, one a line").fill(`${MARKUP}\n${RIGHT}\n${LONG.slice(0, 2_000)}`);
  await constraint.getByLabel("Description").fill(TYPED);
  await hold(t, page, "a segment's form");
  await button("Review and save").click();
  await page.getByLabel(`Diff of ${HOSTILE_FILE}`).waitFor();
  await hold(t, page, "a new segment");
  await button("Create").click();
  await page.getByText("typed is saved.").waitFor();
  await hold(t, page, "segments");
  await button(`Delete ${TYPED}`).click();
  await page.getByRole("dialog").waitFor();
  await hold(t, page, "a segment to be deleted");

  await show(`${PLACE}/flags/markup`);
  await button("Copy to…").click();
  await page.getByLabel("To namespace").selectOption("__proto__");
  await page.getByText("This will be added").waitFor();
  await hold(t, page, "a flag to be copied");
  await button("Copy").click();
  await page.getByText("markup is copied to namespace __proto__ of environment default.").waitFor();
  await hold(t, page, "a copied flag");
  await button("Delete this flag…").click();
  await page.getByLabel(`Diff of ${HOSTILE_FILE}`).waitFor();
  await hold(t, page, "a flag to be deleted");
});
