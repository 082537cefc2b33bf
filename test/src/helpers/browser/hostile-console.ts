import type { ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { type OpenConsole, openConsole } from "./open-console.js";

/** The file that holds it all. */
export const HOSTILE_FILE = "default/features.json";

/** Harms a page that takes it for markup. */
export const MARKUP = '<img src=x onerror="globalThis.harmed=1"><script>globalThis.harmed=1</script>';
/** Turns the direction of writing around. */
export const RIGHT = "\u202egnp.exe \u05d0\u05d1 \u2066";
/** Both, as somebody may type it. */
export const TYPED = `${MARKUP} ${RIGHT}`;
/** More than any field is meant for. */
export const LONG = "w".repeat(30_000);
/** Harms a page that takes it for a template. */
export const TEMPLATE = '${globalThis.harmed=1}{{constructor.constructor("globalThis.harmed=1")()}}';
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
/** Keys of flags, variants and segments that are named to do harm. */
export const KEYS = TEXTS.map(([key]) => key);

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
  [HOSTILE_FILE]: JSON.stringify(
    { version: "1.6", namespace: { key: "default", name }, flags: shown, segments },
    undefined,
    2,
  ),
});

/** A narrow console of it all, with a commit that is no better; dialogs fail the test. */
export async function openHostile(t: ExecutionContext): Promise<OpenConsole> {
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
export const WIDTH_OF_RIGHT = `(() => {
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
export async function hold(t: ExecutionContext, page: Page, name: string): Promise<void> {
  await page.locator(":is(main, dialog) :is(h1, h2)").first().waitFor();
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
  t.is(await page.evaluate("document.querySelectorAll('body img, body script, body iframe').length"), 0, name);
  t.is(await page.evaluate("globalThis.harmed ?? {}.harmed"), undefined, name);
  t.true(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), `${name} fits the window`);
  t.deepEqual(JSON.parse(await page.evaluate(WIDER)), [], `${name} fits its place`);
}

/** Opens a page, and fails if it does not hold. */
export async function showAndHold(t: ExecutionContext, page: Page, address: string): Promise<void> {
  await page.goto(address);
  await hold(t, page, address);
}
