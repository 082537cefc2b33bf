/** What packages for systems say of themselves; control files and spec files are made of it. */
export const DESCRIPTION = {
  name: "vexil",
  summary: "feature flags in git, served over HTTP",
  text: [
    "Vexil keeps feature flags as files in a git repository and serves them with the",
    "protocols of Flipt v2 and OpenFeature (OFREP). Writes are commits; the last good",
    "state is always served. The package brings a Node of its own.",
  ],
  license: "Apache-2.0",
  maintainer: "Vexil maintainers <maintainers@vexil.invalid>",
};

/** What an administrator may have changed, and an upgrade leaves alone. */
export const CONFIGURATION = "/etc/vexil/vexil.yaml";
