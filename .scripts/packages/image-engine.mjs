import { spawnSync } from "node:child_process";

/** What asks each whether it can build; docker's program alone cannot, without its daemon. */
const QUESTIONS = { buildah: ["--version"], podman: ["--version"], docker: ["info"] };

/**
 * The program that builds images here.
 * @throws Error where there is none
 */
export function imageEngine() {
  const found = Object.entries(QUESTIONS).find(
    ([name, question]) => spawnSync(name, question, { stdio: "ignore", timeout: 30_000 }).status === 0,
  );
  if (found !== undefined) return found[0];
  throw new Error(
    "an image needs buildah, podman, or docker with its daemon, and none is here; --no-image leaves it out",
  );
}
