import type { Locator, Page } from "playwright-core";
import type { TemporaryRepository } from "../repositories/temporary-repository.js";

/** Opens a page of the console, and waits until it shows what it is asked for. */
export async function showPage(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByText("Loading…").first().waitFor({ state: "detached" });
}

/** Saves what a form has, once it was shown. @param action the word of the button */
export async function save(page: Page, action = "Save"): Promise<void> {
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("button", { name: action, exact: true }).click();
}

/** Part of a dialog that shows the commit that is about to be made. */
export const comingCommit = (within: Page | Locator): Locator =>
  within.getByRole("region", { name: "What will be committed" });

/** Where the message of that commit is typed. */
export const messageField = (within: Page | Locator): Locator => within.getByLabel("Commit message (optional)");

/** Author and message of the last commit of a remote's branch. */
export const lastCommit = (remote: TemporaryRepository): Promise<string> =>
  remote.git("log", "-1", "--format=%an <%ae>%n%B", "main");

/** Commits of a remote's branch. */
export const commits = async (remote: TemporaryRepository): Promise<number> =>
  Number(await remote.git("rev-list", "--count", "main"));
