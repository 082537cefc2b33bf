import test from "ava";
import type { Page } from "playwright-core";
import { missingChromium } from "../helpers/browser/chromium.js";
import { commits, save } from "../helpers/browser/console-steps.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { startEdgeGateway } from "../helpers/network/edge-gateway.js";
import { EXAMPLE_FILES } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const ENVIRONMENT = "/api/v2/environments/[^/]+";
/** Routes that the compatible server has not. */
const OWN = [
  "/api/(?:status|storages/.*|v2/(?:events|storages|usage/.*))",
  "/evaluate/v1/explain",
  `${ENVIRONMENT}/(?:history|compare|rollback|bisect|branches.*)`,
  `${ENVIRONMENT}/namespaces/.*/(?:history|last-changes|usage|rights|rollback)`,
];

/** Pages that a server without all that has, and their headings. */
const PAGES: Readonly<Record<string, string>> = {
  [`${PLACE}/flags`]: "Flags",
  [`${PLACE}/flags/theme`]: "Theme",
  [`${PLACE}/flags/theme?edit=true`]: "Edit Theme",
  [`${PLACE}/new-flag`]: "New flag",
  [`${PLACE}/segments`]: "Segments",
  [`${PLACE}/segments/beta`]: "Edit Beta",
  [`${PLACE}/playground?flag=checkout&entity=ada@example.com`]: "Playground",
  [`${PLACE}/settings`]: "Settings",
};

/** Pages of what it has not, and what they say instead. */
const WITHOUT: Readonly<Record<string, string>> = {
  [`${PLACE}/history`]: "No history is told here",
  [`${PLACE}/history?flag=theme`]: "No history is told here",
  [`${PLACE}/branches`]: "No branches are offered here",
  "/status": "No status is told here",
};

/** A daemon behind a gateway that keeps routes of its own away, as if there were none. */
async function openBehind(t: Parameters<typeof openConsole>[0], kept: readonly string[]) {
  const gateway = await startEdgeGateway(t, "", true);
  const opened = await openConsole(t, EXAMPLE_FILES, { own: gateway.url, expected: [/status of 404/] });
  const away = new RegExp(`^(?:${kept.join("|")})$`);
  const asked = new Set<string>();
  gateway.target(opened.daemon.url);
  gateway.answer(({ url = "" }, response) => {
    const { pathname } = new URL(url, gateway.url);
    if (!away.test(pathname)) return false;
    asked.add(pathname);
    response.writeHead(404, { "Content-Type": "application/json" });
    response.end('{"code":5,"message":"Not Found","details":[]}');
    return true;
  });
  return { ...opened, top: gateway.url, asked };
}

async function show(page: Page, address: string, heading: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("heading", { name: heading, exact: true }).waitFor();
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
}

withChromium("a server with the compatible API alone is driven, and asked for nothing else", async (t) => {
  const { page, daemon, remote, top, asked } = await openBehind(t, [...OWN, "/openapi\\.json"]);
  for (const [path, heading] of [...Object.entries(PAGES), ...Object.entries(WITHOUT)]) {
    await show(page, top + path, heading);
    t.is(await page.getByRole("alert").count(), 0, path);
    t.deepEqual(
      await page.getByRole("navigation", { name: "Main" }).getByRole("link").allTextContents(),
      ["Flags", "Segments", "Playground", "Settings"],
      path,
    );
    for (const words of ["Recent changes", "Last change", "Evaluations"]) {
      t.is(await page.getByText(words, { exact: true }).count(), 0, `${path}: ${words}`);
    }
  }
  await show(page, `${top}${PLACE}/history`, "No history is told here");
  await page.getByRole("heading", { level: 1, name: "No history is told here" }).waitFor();
  await look(t, page, "no-history");
  await page.goto(`${top}${PLACE}/playground?flag=checkout&entity=ada@example.com`);
  await page.getByText("beta", { exact: true }).first().waitFor();

  await page.goto(`${top}${PLACE}/flags`);
  await page.getByRole("switch", { name: "Banner is on" }).click();
  await page.getByText("banner is off.").waitFor();
  const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "ada" });
  t.is(body.enabled, false);
  await page.goto(`${top}${PLACE}/flags/theme?edit=true`);
  await page.getByLabel("Name", { exact: true }).first().fill("Look");
  await save(page);
  await page.getByText("theme is saved.").waitFor();
  t.regex(await remote.read("default/features.yaml"), /name: Look\n/);
  t.is(await commits(remote), 3);
  // A push is seen without the stream of events.
  await remote.commit({
    "default/features.yaml": (await remote.read("default/features.yaml")).replace("Look", "Sight"),
  });
  await page.getByRole("heading", { name: "Sight" }).waitFor();
  t.deepEqual([...asked], ["/openapi.json"]);
});

withChromium("what a gateway keeps away is hidden as soon as that is known", async (t) => {
  const { page, top, asked } = await openBehind(t, OWN);
  for (const [path, heading] of [...Object.entries(PAGES), ...Object.entries(WITHOUT)]) {
    await show(page, top + path, heading);
    await page.getByText("Recent changes", { exact: true }).waitFor({ state: "detached" });
    t.is(await page.getByRole("alert").count(), 0, path);
  }
  const entries = page.getByRole("navigation", { name: "Main" });
  await entries.getByRole("link", { name: "Status" }).waitFor({ state: "detached" });
  await show(page, `${top}${PLACE}/playground?flag=checkout&entity=ada@example.com`, "Playground");
  await page.getByText("beta", { exact: true }).first().waitFor();
  t.true(asked.has("/evaluate/v1/explain"));
  t.true(asked.has("/api/v2/events"));
});
