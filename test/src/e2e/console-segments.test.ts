import test from "ava";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save, showPage } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";

const segments = (key: string) => `/api/v2/environments/default/namespaces/default/resources/flipt.core.Segment/${key}`;

withChromium("a segment is made with a constraint of each type, used, edited and deleted", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByRole("button", { name: "New segment" }).click();
  await page.getByLabel("Key", { exact: true }).fill("be ta");
  await page.getByText("A key has letters").waitFor();
  await page.getByLabel("Key", { exact: true }).fill("trial");
  await page.getByLabel("Name", { exact: true }).fill("On trial");
  const constraint = (index: number) => page.getByRole("listitem").filter({ hasText: "Operator" }).nth(index);
  const add = async (index: number, type: string, property: string, operator: string): Promise<void> => {
    await page.getByRole("button", { name: "Add a constraint" }).click();
    await constraint(index).getByLabel("Type").selectOption({ label: type });
    if (property !== "") await constraint(index).getByLabel("Property").fill(property);
    await constraint(index).getByLabel("Operator").selectOption({ label: operator });
  };
  await add(0, "Text", "country", "is one of");
  await constraint(0).getByLabel("Values, one a line").fill("de\nfr, the south\n\n");
  await add(1, "Number", "age", "is at least");
  await constraint(1).getByLabel("Number", { exact: true }).fill("18.5");
  await add(2, "Yes or no", "paying", "is false");
  await add(3, "Date and time", "joined", "is above");
  t.true(await page.getByRole("button", { name: "Review and save" }).isDisabled(), "a date is missing");
  await constraint(3).getByLabel("Time (UTC)").fill("2026-01-02T03:04:05");
  await add(4, "Number", "level", "is none of");
  await constraint(4).getByLabel("Values, one a line").fill("1\ntwo");
  await page.getByText("two is no number.").waitFor();
  await constraint(4).getByLabel("Values, one a line").fill("1\n2");
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByText('"key": "trial"').waitFor();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await page.getByRole("heading", { name: "On trial" }).waitFor();
  const { body } = await daemon.get(segments("trial"));
  const written = body.resource.payload.constraints as { property: string; operator: string; value: string }[];
  t.deepEqual(
    written.map(({ property, operator, value }) => [property, operator, value]),
    [
      ["country", "isoneof", '["de","fr, the south"]'],
      ["age", "gte", "18.5"],
      ["paying", "false", ""],
      ["joined", "gt", "2026-01-02T03:04:05Z"],
      ["level", "isnotoneof", "[1,2]"],
    ],
  );
  t.regex(await remote.read(FILE), /key: trial/);
  t.is(await remote.git("diff", "--name-only", "main~1", "main"), FILE);

  await page.getByRole("button", { name: "Edit On trial" }).click();
  await page.getByRole("button", { name: "Move constraint 5 up" }).click();
  await page.getByRole("button", { name: "Remove constraint 5" }).click();
  await page.getByRole("link", { name: "Flags", exact: true }).click();
  await page.getByRole("button", { name: "Stay here" }).click();
  await save(page);
  await page.getByText("trial is saved.").first().waitFor();
  await page.getByRole("button", { name: "Delete On trial" }).waitFor();
  t.notRegex(await remote.read(FILE), /joined/);

  await page.getByRole("button", { name: "Delete Germany" }).click();
  await page.getByRole("dialog").getByText("rule 2, rule 3").waitFor();
  t.true(await page.getByRole("button", { name: "Delete", exact: true }).isDisabled());
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Delete On trial" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("trial is deleted.").waitFor();
  t.is(await remote.read(FILE), await remote.read(FILE, "main~3"), "all is as it was");
});

withChromium("whoever edits a segment that somebody else has changed sees both, and loses nothing", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 409/] });
  await page.goto(`${daemon.url}${PLACE}/segments/adults`);
  await page.getByLabel("Number", { exact: true }).fill("21");
  const theirs = (await remote.read(FILE)).replace("name: Adults", "name: Grown-ups");
  const head = await push({ [FILE]: theirs });
  await save(page);
  await page.getByRole("heading", { name: "Somebody else was faster" }).waitFor();
  await page.getByText('"name": "Grown-ups"').first().waitFor();
  t.is(await remote.head(), head, "nothing was overwritten");
  await page.getByText("You changed nothing that they changed").waitFor();
  await page.getByRole("button", { name: "Save the merge" }).click();
  await page.getByText("adults is saved.").waitFor();
  const { payload } = (await daemon.get(segments("adults"))).body.resource;
  t.deepEqual([payload.name, payload.constraints[0].value], ["Grown-ups", "21"], "what both did is kept");
});

withChromium("a pushed segment is marked in the list", async (t) => {
  const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}${PLACE}/segments`);
  await page.getByRole("heading", { name: "Adults" }).waitFor();
  const grown = EXAMPLE_FILES[FILE]?.replace("name: Adults", "name: Grown-ups") ?? "";
  await remote.commit({ [FILE]: grown });
  await page.getByRole("heading", { name: "Grown-ups" }).waitFor();
  await page.locator("#segment-adults").getByText("Changed", { exact: true }).waitFor();
  t.is(await page.getByText("Changed", { exact: true }).count(), 1);
});

withChromium("two commits are compared, and a flag is rolled back after a look at what that changes", async (t) => {
  const { page, daemon, remote, push } = await openConsole(t, EXAMPLE_FILES);
  const original = EXAMPLE_FILES[FILE] ?? "";
  const first = (await remote.head()) ?? "";
  const half = original.replace("percentage: 50", "percentage: 75");
  await remote.commit({ [FILE]: half }, { message: "Raise checkout", author: "Bea <bea@example.com>" });
  const served = await push(
    { [FILE]: half.replace("name: Banner,", "name: Big banner,") },
    { message: "Rename the banner" },
  );
  await page.goto(`${daemon.url}${PLACE}/history`);
  await page.getByText("Rename the banner").waitFor();
  await page.getByText("Bea").first().waitFor();
  await page.getByLabel(`Pick ${first.slice(0, 8)}`).check();
  await page.getByLabel(`Pick ${served.slice(0, 8)}`).check();
  await page.getByRole("button", { name: "Compare them" }).click();
  await page.getByRole("heading", { name: `From ${first.slice(0, 8)} to ${served.slice(0, 8)}` }).waitFor();
  await page.getByText("after: Big banner").waitFor();
  await page.getByText("rollouts › 2 › threshold › percentage").waitFor();
  await page.getByLabel("Show changes").selectOption("text");
  await page.getByText('"name": "Big banner"').waitFor();
  t.regex(page.url(), /view=text/);

  await page.goto(`${daemon.url}${PLACE}/history?flag=checkout`);
  await page.getByRole("button", { name: `Roll back to ${first.slice(0, 8)}` }).click();
  await page.getByRole("dialog").getByText("rollouts › 2 › threshold › percentage").waitFor();
  await page.getByRole("dialog").getByText("Other answers: checkout").waitFor();
  await page.getByRole("button", { name: "Roll back", exact: true }).click();
  await page.getByText(`checkout is as it was at ${first.slice(0, 8)}.`).waitFor();
  const expected = original.replace("name: Banner,", "name: Big banner,");
  t.is((await remote.read(FILE))?.trimEnd(), expected.trimEnd(), "the banner stays");
  t.is(await commits(remote), 4);
  await page.getByRole("listitem").filter({ hasText: "checkout" }).nth(2).waitFor();

  await page.goto(`${daemon.url}${PLACE}/history`);
  await page.getByLabel("Commits of").selectOption("all");
  await page.getByText("ops/").first().waitFor();
});

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

const PAGES: Readonly<Record<string, string>> = {
  segments: `${PLACE}/segments`,
  "segment-edit": `${PLACE}/segments/beta`,
  "segment-new": `${PLACE}/new-segment`,
  history: `${PLACE}/history`,
  compare: `${PLACE}/history?base=main~1`,
  "compare-text": `${PLACE}/history?base=main~1&view=text`,
  settings: `${PLACE}/settings`,
};

withChromium("pages of segments, of the history and of settings can be used by everybody", async (t) => {
  const { page, daemon, push } = await openConsole(t, EXAMPLE_FILES);
  const changed = EXAMPLE_FILES[FILE]?.replace("percentage: 50", "percentage: 75").replace("country, ", "land, ") ?? "";
  await push({ [FILE]: changed }, { message: "Raise checkout\n\nThe numbers of the week allow it." });
  for (const [name, path] of Object.entries(PAGES)) {
    await showPage(page, daemon.url + path);
    if (name === "history") await page.locator("summary").first().click();
    await look(t, page, name);
  }
});
