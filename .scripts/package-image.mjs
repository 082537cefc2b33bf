// Makes vexil-<version>.oci.tar, the container image of daemon/Dockerfile as an OCI archive, in the directory given, else in
// dist: by buildah, podman or docker, whichever is there. NODE_IMAGE names another base than the Dockerfile does.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { root, run, sourceDate, version } from "./packages/files.mjs";
import { imageEngine } from "./packages/image-engine.mjs";

const output = resolve(process.argv[2] ?? join(root, "dist"));
try {
  process.stdout.write(`${makeImage(imageEngine())}\n`);
} catch (error) {
  process.stderr.write(`Error: ${error.message}\n`);
  process.exit(1);
}

function makeImage(engine) {
  const file = join(output, `vexil-${version}.oci.tar`);
  mkdirSync(output, { recursive: true });
  rmSync(file, { force: true });
  const tag = `vexil:${version}`;
  build(engine, tag);
  if (engine === "buildah") run(engine, ["push", "--quiet", tag, `oci-archive:${file}:${tag}`]);
  else if (engine === "podman") run(engine, ["save", "--quiet", "--format", "oci-archive", "--output", file, tag]);
  else run(engine, ["save", "--output", file, tag]);
  return file;
}

function build(engine, tag) {
  try {
    run(engine, ["build", "--quiet", ...buildOptions(engine), "--tag", tag, root]);
  } catch (error) {
    // Its own words stand above.
    if (process.env.NODE_IMAGE) throw error;
    throw new Error(
      `${error.message}; where the base image cannot be fetched, NODE_IMAGE names another one: NODE_IMAGE=registry.example.com/node:24-bookworm-slim npm run package:image`,
    );
  }
}

function buildOptions(engine) {
  const { stdout: revision } = spawnSync("git", ["-C", root, "rev-parse", "HEAD"], { encoding: "utf8" });
  const values = { VERSION: version, REVISION: revision?.trim() || "unknown", NODE_IMAGE: process.env.NODE_IMAGE };
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  const npmrc = join(homedir(), ".npmrc");
  return [
    "--file",
    join(root, "daemon", "Dockerfile"),
    ...given.flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    // Docker finds the one beside the Dockerfile by itself, and dates what it makes by the argument.
    ...(engine === "docker"
      ? ["--build-arg", `SOURCE_DATE_EPOCH=${sourceDate()}`]
      : ["--ignorefile", join(root, "daemon", "Dockerfile.dockerignore"), "--timestamp", String(sourceDate())]),
    ...(existsSync(npmrc) ? ["--secret", `id=npmrc,src=${npmrc}`] : []),
  ];
}
