import type { Page } from "playwright-core";
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

/** Commits of a remote's branch. */
export const commits = async (remote: TemporaryRepository): Promise<number> =>
  Number(await remote.git("rev-list", "--count", "main"));
