import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { type OpenConsole, openConsole, PLACE } from "../helpers/browser/open-console.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.json";

const MARKUP = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>';
const RIGHT = "\u202egnp.exe \u05d0\u05d1 \u2066";
const TEMPLATE = '${globalThis.harmed=1}{{constructor.constructor("globalThis.harmed=1")()}}';
/** How it begins where JSON is shown. */
const SEEN = '"__proto__": "\\u202egnp.exe';
/** Keys, and the texts that go with them. */
const TEXTS: readonly (readonly [string, string])[] = [
  ["markup", MARKUP],
  ["long", "x".repeat(30_000)],
  ["right", RIGHT],
  ["template", TEMPLATE],
  ["k".repeat(300), "Key"],
  ["__proto__", "Prototype"],
  ["constructor", "Constructor"],
];
const KEYS = TEXTS.map(([key]) => key);

const LONG_KEY = "v".repeat(30_000);

const flags = TEXTS.map(([key, text]) => ({
  key,
  name: text,
  description: text,
  type: "VARIANT_FLAG_TYPE",
  enabled: true,
  metadata: { owner: text, [MARKUP]: text, ["__proto__"]: text, tags: [text, MARKUP] },
  variants: TEXTS.map(([variant, name]) => ({
    key: key === "long" && variant === "template" ? LONG_KEY : variant,
    default: key === "long" && variant === "template",
    name,
    description: MARKUP,
    attachment: { [MARKUP]: RIGHT, ["__proto__"]: text.slice(0, 1_000) },
  })),
  rules: KEYS.map((one) => ({
    segment: { keys: [one], operator: "OR_SEGMENT_OPERATOR" },
    distributions: [{ variant: key === "long" && one === "template" ? LONG_KEY : one, rollout: 100 }],
  })),
}));

const segments = TEXTS.map(([key, text]) => ({
  key,
  name: text,
  description: text,
  match_type: "ANY_MATCH_TYPE",
  constraints: TEXTS.map(([property, value]) => ({
    type: "STRING_COMPARISON_TYPE",
    property: property === "markup" ? MARKUP : property,
    operator: "eq",
    value: value.slice(0, 3_000),
    description: value.slice(0, 3_000),
  })),
}));

const filesWith = (name: string, shown = flags): Readonly<Record<string, string>> => ({
  [FILE]: JSON.stringify({ version: "1.6", namespace: { key: "default", name }, flags: shown, segments }, undefined, 2),
});

/** A narrow console of it all, with a commit that is no better; dialogs fail the test. */
async function open(t: ExecutionContext): Promise<OpenConsole> {
  const expected = [/status of 40[04]/];
  const opened = await openConsole(t, filesWith("Default", flags.slice(1)), { expected });
  const { page, daemon, push } = opened;
  page.on("dialog", (dialog) => {
    t.fail(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await push(filesWith(MARKUP), {
    message: `${MARKUP}\n\n${MARKUP} ${RIGHT} ${"y".repeat(5_000)}`,
    // Names of authors hold no angle brackets, in git.
    author: `"img src=x onerror=alert(1)" ${"Eve".repeat(200)} ${RIGHT} <eve@example.com>`,
  });
  t.deepEqual((await daemon.get("/api/status")).body.storages[0].quarantined, [], "it is all served");
  await page.setViewportSize({ width: 390, height: 900 });
  return opened;
}

/** Elements that reach out of their page or dialog where that is to be scrolled sideways, the outermost first. */
const WIDER = `JSON.stringify([...document.querySelectorAll("main, dialog")]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .flatMap((one) => [...one.querySelectorAll("*")]
    .filter((part) => part.getBoundingClientRect().right > one.getBoundingClientRect().right)
    .slice(0, 5)
    .map((part) => part.outerHTML.slice(0, 100))))`;

/** Pixels from one quote to the other around `RIGHT`, in an attachment. */
const WIDTH_OF_RIGHT = `(() => {
  const box = [...document.querySelectorAll("main pre")].find((one) => one.textContent.includes(${JSON.stringify(SEEN)}));
  const start = box.textContent.indexOf(${JSON.stringify(SEEN)}) + '"__proto__": '.length;
  const leftOf = (place) => {
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    let before = 0;
    for (let node = walker.nextNode(); node; before += node.length, node = walker.nextNode()) {
      if (place >= before + node.length) continue;
      const range = document.createRange();
      range.setStart(node, place - before);
      range.setEnd(node, place - before + 1);
      return range.getBoundingClientRect().left;
    }
  };
  return leftOf(box.textContent.indexOf('"', start + 1)) - leftOf(start);
})()`;

/** Fails if what a page shows is more than text, or wider than the page. */
async function hold(t: ExecutionContext, page: Page, name: string): Promise<void> {
  await page.locator(":is(main, dialog) :is(h1, h2)").first().waitFor();
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
  t.is(await page.evaluate("document.querySelectorAll('body img, body script, body iframe').length"), 0, name);
  t.is(await page.evaluate("globalThis.harmed ?? {}.harmed"), undefined, name);
  t.true(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${name} fits the window`);
  t.deepEqual(JSON.parse(await page.evaluate(WIDER)), [], `${name} fits its place`);
}

withChromium("flags and segments that are named to do harm are texts on each of their pages", async (t) => {
  const { page, daemon } = await open(t);
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

withChromium("lists, the past, the playground and settings show hostile texts as texts", async (t) => {
  const { page, daemon } = await open(t);
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

withChromium("what is typed to do harm is committed as it is, and shown as text on the way", async (t) => {
  const { page, daemon, remote } = await open(t);
  await page.goto(`${daemon.url}${PLACE}/flags/constructor?edit=true`);
  await page.getByLabel("Name", { exact: true }).first().fill(`${MARKUP}!`);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill(`${TEMPLATE}${RIGHT}`);
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("region", { name: "What will be committed" }).getByLabel(`Diff of ${FILE}`).waitFor();
  await hold(t, page, "review");
  await page.getByLabel("Commit message (optional)").fill(MARKUP);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("constructor is saved.").waitFor();
  await page.getByRole("heading", { name: `${MARKUP}!`, exact: true }).waitFor();
  await hold(t, page, "saved");
  t.is(await remote.git("log", "-1", "--format=%B", "main"), `${MARKUP}\n`);
  const saved = JSON.parse(await remote.read(FILE)).flags.at(-1);
  t.like(saved, { key: "constructor", name: `${MARKUP}!`, description: `${TEMPLATE}${RIGHT}` });
});

withChromium("every field takes hostile texts, and dialogs show them as texts", async (t) => {
  const { page, daemon, remote, push } = await open(t);
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const typed = `${MARKUP} ${RIGHT}`;
  const long = "w".repeat(30_000);
  const show = async (path: string): Promise<void> => {
    await page.goto(daemon.url + path);
    await hold(t, page, path);
  };

  await show(`${PLACE}/settings`);
  await button("New namespace").click();
  await page.getByLabel("Key", { exact: true }).fill(MARKUP);
  await hold(t, page, "a namespace's key");
  await page.getByLabel("Key", { exact: true }).fill("__proto__");
  await page.getByLabel("Name", { exact: true }).fill(typed);
  await page.getByLabel("Description").fill(`${typed}${long}`);
  await page.getByLabel("Diff of __proto__/features.yaml").waitFor();
  await hold(t, page, "a new namespace");
  await button("Make it").click();
  await page.getByText("__proto__ is made.").waitFor();
  await hold(t, page, "namespaces");

  await show(`${PLACE}/new-segment`);
  await page.getByLabel("Key", { exact: true }).fill("typed");
  await page.getByLabel("Name", { exact: true }).fill(typed);
  await page.getByRole("region", { name: "About" }).getByLabel("Description").fill(long);
  await button("Add a constraint").click();
  const constraint = page.getByRole("region", { name: "Constraints" });
  await constraint.getByLabel("Property").fill("__proto__");
  await constraint.getByLabel("Operator").selectOption({ label: "is one of" });
  await constraint.getByLabel("Values, one a line").fill(`${MARKUP}\n${RIGHT}\n${long.slice(0, 2_000)}`);
  await constraint.getByLabel("Description").fill(typed);
  await hold(t, page, "a segment's form");
  await button("Review and save").click();
  await page.getByLabel(`Diff of ${FILE}`).waitFor();
  await hold(t, page, "a new segment");
  await button("Create").click();
  await page.getByText("typed is saved.").waitFor();
  await hold(t, page, "segments");
  await button(`Delete ${typed}`).click();
  await page.getByRole("dialog").waitFor();
  await hold(t, page, "a segment to be deleted");

  await show(`${PLACE}/flags/markup`);
  await button("Copy to…").click();
  await page.getByLabel("To namespace").selectOption("__proto__");
  await page.getByText("This will be added").waitFor();
  await hold(t, page, "a flag to be copied");
  await button("Copy").click();
  await page.getByText("markup is copied to __proto__ of default.").waitFor();
  await hold(t, page, "a copied flag");
  await button("Delete this flag…").click();
  await page.getByLabel(`Diff of ${FILE}`).waitFor();
  await hold(t, page, "a flag to be deleted");

  await show(`${PLACE}/flags/constructor?edit=true`);
  const about = page.getByRole("region", { name: "About" });
  await about.getByLabel("Description").fill(typed);
  await about.getByLabel("Metadata (JSON object)").fill(`${MARKUP}${long}`);
  await hold(t, page, "metadata that is none");
  await about.getByLabel("Metadata (JSON object)").fill(JSON.stringify({ [MARKUP]: typed }));
  await page.getByRole("region", { name: "Variants" }).getByLabel("Name").first().fill(long);
  const other = JSON.parse(await remote.read(FILE));
  other.flags.find(({ key }: { key: string }) => key === "constructor").description = `${long}${MARKUP}`;
  await push({ [FILE]: JSON.stringify(other, undefined, 2) }, { message: typed });
  await button("See both sides").click();
  await page.getByRole("group", { name: "Description" }).waitFor();
  await hold(t, page, "both sides");
  await button("Later").click();
  await button("Cancel").click();

  await show(`${PLACE}/playground`);
  await page.getByLabel("Flag", { exact: true }).selectOption({ label: "__proto__" });
  await page.getByLabel("Entity id").fill(typed);
  await page.getByLabel("Property 1", { exact: true }).fill("__proto__");
  await page.getByLabel("Value 1", { exact: true }).fill(long);
  await button("Evaluate").click();
  await page.getByLabel("Name of this question").fill(`${typed}${long.slice(0, 200)}`);
  await button("Save").click();
  await page.getByRole("heading", { name: "Answer" }).waitFor();
  await hold(t, page, "a question");

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill(MARKUP);
  await page.getByRole("listbox", { name: "Found" }).getByText(MARKUP).first().waitFor();
  await hold(t, page, "what is looked for");
  await page.keyboard.press("Escape");

  await show(`${PLACE}/branches`);
  await page.getByLabel("Key of the branch").fill(`${typed}${long}`);
  await hold(t, page, "a branch's key");
  await show(`${PLACE}/history?base=${encodeURIComponent(`${typed}${long.slice(0, 3_000)}`)}`);
  await show("/status");
  await page.getByLabel("Namespace of events").fill(typed);
  await page.getByLabel("Words of events").fill(`${typed}${long}`);
  await hold(t, page, "filters of events");
});
