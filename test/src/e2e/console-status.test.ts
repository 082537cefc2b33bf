import { rename } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { freshPage, missingChromium } from "../helpers/browser/chromium.js";
import { look } from "../helpers/browser/look.js";
import { openConsole, PLACE } from "../helpers/browser/open-console.js";
import { startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const FILE = "default/features.yaml";
const EVIL = '<img src=x onerror="globalThis.harmed=1"> \u202e\u05d0';
const OPS = "ops/features.yaml";

/** A receiver of webhooks that refuses all. */
async function refusing(t: ExecutionContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

withChromium(
  "the status tells of left out files, failing tests, sinks and workers, and a sync clears what is mended",
  async (t) => {
    const tests = `version: "1"\ntests:\n  - name: wrong\n    flag: banner\n    expect: { enabled: false }\n`;
    const { page, daemon, remote } = await openConsole(
      t,
      { ...EXAMPLE_FILES, "default/features.test.yaml": tests },
      {
        config: {
          server: { workers: 2 },
          sinks: { hooks: { type: "webhook", url: await refusing(t), from: "beginning" } },
        },
      },
    );
    await page.goto(`${daemon.url}/status`);
    await page.getByRole("heading", { name: "Storage default" }).waitFor();
    await page.getByText("Tests that fail").waitFor();
    const server = page.getByRole("region", { name: "Server" });
    await server.getByText(process.version, { exact: true }).waitFor();
    const { body } = await daemon.get("/api/status");
    t.deepEqual(body.workers, { running: 2, configured: 2 });
    t.is(await server.locator("div").filter({ hasText: "Workers" }).last().textContent(), "Workers2");
    const sinks = page.getByRole("region", { name: "Sinks" });
    await sinks.getByText("failing", { exact: true }).waitFor();
    await sinks.getByText(/commits?, \d+ s/).waitFor();

    await remote.commit({ [OPS]: `namespace: ops\nflags:\n  - key: [\n` });
    await page.getByText("Files that are left out").waitFor();
    await page
      .getByText(/^ops\/features\.yaml:\d+:\d+$/)
      .first()
      .waitFor();
    const mended = await remote.commit({ [OPS]: EXAMPLE_FILES[OPS] ?? "" });
    await page.getByRole("button", { name: "Sync now" }).click();
    await page.getByText("Storage default was synced.").waitFor();
    await page.getByText("Files that are left out").waitFor({ state: "detached" });
    t.is((await daemon.get("/api/status")).body.storages[0].revision, mended);
  },
);

withChromium(
  "a remote that is away is told with its error, what to do, and the next poll; and that it is back",
  async (t) => {
    const { page, daemon, remote } = await openConsole(t, EXAMPLE_FILES, { expected: [/status of 50[0-9]/] });
    await page.goto(`${daemon.url}/status`);
    await page.getByRole("heading", { name: "Storage default" }).waitFor();
    await rename(remote.path, `${remote.path}.away`);
    await page.getByRole("button", { name: "Sync now" }).click();
    await page.getByText("Storage default was not synced").waitFor();
    const { lastError } = (await daemon.get("/api/status")).body.storages[0];
    const storage = page.getByRole("region", { name: "Storage default" });
    await storage.getByText(lastError.code, { exact: true }).waitFor();
    await storage.getByText("Next poll").waitFor();
    await rename(`${remote.path}.away`, remote.path);
    await page.getByRole("button", { name: "Sync now" }).click();
    await page.getByText("Storage default was synced.").waitFor();
    await storage.getByText("ready", { exact: true }).waitFor();
    await storage.getByText("The last error; all has gone well since.").waitFor();
    t.is((await daemon.get("/api/status")).body.storages[0].state, "ready");
  },
);

withChromium("while the remote cannot be reached every page says how old its storage is", async (t) => {
  const remote = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, remote.path);
  const storage = { default: { remote: server.url, poll_interval: "1s", fetch_policy: "lenient" } };
  const daemon = await startDaemon(t, { config: { storage } });
  const { page } = await freshPage(t, { own: daemon.url });
  await page.goto(`${daemon.url}${PLACE}/flags`);
  await page.getByText("5 flags", { exact: true }).waitFor();
  const banner = page.getByRole("status").filter({ hasText: "Storage default is stale" });
  t.is(await banner.count(), 0);
  await server.close();
  await banner.getByText(/its remote was last reached .* ago\. Changes may fail\./).waitFor();
  t.is((await daemon.get("/api/status")).body.storages[0].state, "stale");
  await page.getByRole("link", { name: "Segments", exact: true }).click();
  await banner.waitFor();
  await look(t, page, "stale");
  await banner.getByRole("link", { name: "See the status" }).click();
  await page.getByRole("region", { name: "Storage default" }).getByText("stale", { exact: true }).waitFor();
  await startGitHttpServer(t, remote.path, { port: server.port });
  await banner.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Storage default" }).getByText("ready", { exact: true }).waitFor();
});

withChromium("events are told as they happen, filtered, paused, and as text whatever they hold", async (t) => {
  const { page, daemon, push } = await openConsole(t, EXAMPLE_FILES);
  await page.goto(`${daemon.url}/status`);
  const events = page.getByRole("region", { name: "Events" });
  await events.getByText("Live").waitFor();
  const flag = (name: string) => EXAMPLE_FILES[FILE]?.replace("name: Banner,", `name: ${JSON.stringify(name)},`) ?? "";
  const commit = async (files: Readonly<Record<string, string>>, message: string): Promise<void> => {
    await push(files, { message, author: `${"Eve".repeat(20)} <eve@example.com>` });
  };
  await commit({ [FILE]: flag("One") }, EVIL);
  await events.getByText(`changed: name – ${EVIL}`).waitFor();
  t.is(await events.locator("img, script").count(), 0);
  t.is(await page.evaluate("globalThis.harmed"), undefined);

  await events.getByRole("button", { name: "Pause" }).click();
  await commit({ [FILE]: flag("Two") }, "Again");
  await events.getByText("Paused, 1 new").waitFor();
  t.is(await events.getByText("Again").count(), 0);
  await events.getByRole("button", { name: "Go on" }).click();
  await events.getByText("changed: name – Again").waitFor();
  await events.getByLabel("Words of events").fill("AGAIN banner");
  await events.getByText(EVIL).waitFor({ state: "detached" });
  t.is(await events.getByRole("listitem").count(), 1);
  await events.getByRole("link", { name: "banner" }).click();
  await page.waitForURL(`${daemon.url}${PLACE}/flags/banner`);

  await page.goto(`${daemon.url}/status?kind=quarantine`);
  await events.getByText("Live").waitFor();
  await commit({ [FILE]: flag("Three") }, "third");
  await commit({ [OPS]: "namespace: ops\nflags: [" }, "broken");
  await events.getByText(/is left out at \d+:\d+/).waitFor();
  t.is(await events.getByText("third").count(), 0);
  await events.getByLabel("Namespace of events").fill("ops");
  await events.getByText("Nothing has happened").waitFor();
  t.is(new URL(page.url()).searchParams.get("namespace"), "ops");
});

withChromium("the status can be used by everybody, light and dark, wide and narrow", async (t) => {
  const { page, daemon, remote } = await openConsole(t, { ...EXAMPLE_FILES, "ops/features.yaml": "flags: [" });
  await page.goto(`${daemon.url}/status`);
  await page.getByText("Live").waitFor();
  const changed = EXAMPLE_FILES[FILE]?.replace("name: Banner,", "name: Another,") ?? "";
  await remote.commit({ [FILE]: changed }, { message: "Name the banner" });
  await page.getByText("Name the banner").waitFor();
  await page.getByText("ops/features.yaml cannot be read; namespace ops of default is not served.").waitFor();
  await look(t, page, "status-full");
});
