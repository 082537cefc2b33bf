import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { type OpenConsole, openConsole, PLACE } from "../helpers/browser/open-console.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { missingNginx, startNginx } from "../helpers/network/nginx-proxy.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const BASE = "/ops/flags";

/** Pages, and their headings. */
const PAGES: Readonly<Record<string, string>> = {
  [`${PLACE}/flags?q=ba`]: "Flags",
  [`${PLACE}/flags/theme`]: "Theme",
  [`${PLACE}/flags/theme?edit=true`]: "Edit Theme",
  [`${PLACE}/new-flag`]: "New flag",
  [`${PLACE}/segments`]: "Segments",
  [`${PLACE}/segments/beta`]: "Edit Beta",
  [`${PLACE}/new-segment`]: "New segment",
  [`${PLACE}/playground?flag=theme&entity=ada`]: "Playground",
  [`${PLACE}/history`]: "History",
  [`${PLACE}/branches`]: "Branches",
  [`${PLACE}/settings`]: "Settings",
  "/status": "Status",
  "/login": "Log in to Vexil",
  "/nowhere": "There is no such page",
};

/** Notes all that the policy forbids on pages that are opened from now on. */
async function violations(page: Page): Promise<readonly string[]> {
  const found: string[] = [];
  await page.exposeFunction("tellViolation", (words: string) => found.push(words));
  await page.addInitScript(`addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    tellViolation([location.pathname, violatedDirective, blockedURI, sample].join(" ")));`);
  return found;
}

/** Opens every page by its address; none leads elsewhere. */
async function walk(t: ExecutionContext, page: Page, top: string): Promise<void> {
  for (const [path, name] of Object.entries(PAGES)) {
    await page.goto(top + path);
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByText("Loading…").first().waitFor({ state: "detached" });
    t.is(page.url(), top + path);
    const links = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Segments" });
    if (path === "/login") t.is(await links.count(), 0);
    else await links.waitFor();
    const away = "[...document.links].filter(({ href }) => !href.startsWith(document.baseURI.slice(0, -1)))";
    t.deepEqual(await page.evaluate(`${away}.map(({ href }) => href)`), [], path);
  }
}

/** Does what somebody does there, up to a commit. */
async function work(t: ExecutionContext, top: string, { page, remote }: OpenConsole): Promise<void> {
  await page.goto(`${top}/`);
  await page.waitForURL(`${top}${PLACE}/flags`);
  await page.getByRole("link", { name: "Theme" }).click();
  await page.waitForURL(`${top}${PLACE}/flags/theme`);
  await page.reload();
  await page.getByRole("heading", { name: "Theme" }).waitFor();
  await page.getByRole("link", { name: "Flags", exact: true }).first().click();
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  t.regex(await remote.read("default/features.yaml"), /key: banner, .*enabled: false/);
  await page.goBack();
  await page.getByRole("heading", { name: "Theme" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Find a flag or a page" }).fill("retired flag");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${top}${PLACE}/flags/retired`);
  await page.goto(`${top}${PLACE}/flags?q=ban`);
  await page.getByText("1 of 5 flags").waitFor();
  await page.getByRole("link", { name: "Skip to the content" }).press("Enter");
  await page.waitForURL(`${top}${PLACE}/flags?q=ban#main`);
  await page.getByText("1 of 5 flags").waitFor();
}

testUnless(missingChromium, test.serial)(
  "below a path each page has its address, and does nothing that its policy forbids",
  async (t) => {
    const config = { server: { base_path: `${BASE}/` } };
    const expected = [/Content Security Policy.*style-src/];
    const opened = await openConsole(t, EXAMPLE_FILES, { config, expected });
    const { page, daemon } = opened;
    const found = await violations(page);
    const top = daemon.url + BASE;
    await walk(t, page, top);
    await work(t, top, opened);
    t.deepEqual(found, []);
    await page.evaluate(
      "document.body.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))",
    );
    await eventually(
      async () => found.length,
      (count) => count > 0,
    );
    t.regex(found.join(), /style-src/, "what is forbidden is told");
  },
);

/** How nginx can show a daemon below a path: what it asks the daemon for, and how the daemon knows. */
const PROXIES = [
  { title: "leaves the path in place", target: "", config: { server: { base_path: BASE } }, header: "" },
  { title: "takes the path off", target: "/", config: { server: { base_path: BASE } }, header: "" },
  { title: "tells the path", target: "/", config: {}, header: `proxy_set_header X-Forwarded-Prefix ${BASE};` },
];

for (const { title, target, config, header } of PROXIES) {
  testUnless(missingChromium ?? missingNginx, test.serial)(
    `behind a proxy that ${title}, one works as at the top`,
    async (t) => {
      const port = await freePort();
      const own = `http://127.0.0.1:${port}`;
      const opened = await openConsole(t, EXAMPLE_FILES, { config, own });
      const settings = "proxy_http_version 1.1; proxy_buffering off; proxy_set_header Host $http_host;";
      const location = `location ${BASE}/ { proxy_pass ${opened.daemon.url}${target}; ${settings} ${header} }`;
      await startNginx(t, `server { listen 127.0.0.1:${port}; ${location} }`, `${own}${BASE}/health`);
      await work(t, own + BASE, opened);
      // It would tell of streams that end with the proxy.
      await opened.page.close();
    },
  );
}
