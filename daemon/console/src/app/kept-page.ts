/** Loads a page anew that the browser had kept and shows again: what it holds may be of before a logout. */
export function reloadKeptPage(): void {
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
