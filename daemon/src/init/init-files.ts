import { schemaText } from "../schemas.js";
import { version } from "../version.js";
import { type InitSource, initConfig } from "./init-config.js";

/** A file of a new flag repository. */
export interface InitFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly isProgram?: boolean;
}

/** Parts that may be left out. */
export interface InitExtras {
  readonly workflow: boolean;
  readonly hook: boolean;
}

/** Parts of a repository that is begun. */
export interface InitParts extends InitExtras {
  /** A flag to begin with, and its tests. */
  readonly sample: boolean;
}

const FEATURES = `# yaml-language-server: $schema=../.schemas/features.schema.json
version: "1.6"
namespace: default
flags:
  # Beta testers have it, and half of the others.
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    description: The dark theme
    enabled: false
    rollouts:
      - segment:
          key: beta-testers
          value: true
      - threshold:
          percentage: 50
          value: true
segments:
  - key: beta-testers
    name: Beta testers
    match_type: ALL_MATCH_TYPE
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: plan
        operator: eq
        value: beta
`;

const TESTS = `# yaml-language-server: $schema=../.schemas/tests.schema.json
version: "1"
tests:
  - name: beta testers have it
    flag: dark-mode
    entity: ada
    context: { plan: beta }
    expect: { enabled: true, segments: [beta-testers] }
  - name: half of the others have it
    flag: dark-mode
    expect: { share: { enabled: true, from: 50, to: 50 } }
`;

const WORKFLOW = `# Checks the flags of a pull request, and says who would get another answer.
name: flags
on: pull_request
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm install --global --ignore-scripts vexil@${version}
      - run: vexil validate . --format github
      - run: vexil test . --format github
      - run: vexil diff "origin/$GITHUB_BASE_REF" --local . --format markdown >> "$GITHUB_STEP_SUMMARY"
`;

const HOOK = `#!/bin/sh
# Refuses a commit whose flag files have faults, or whose tests fail, by what is staged. Each clone switches it on by
#   git config core.hooksPath .githooks
set -eu
command -v vexil >/dev/null || {
  echo "vexil is not installed, so the flags are not checked: npm install --global vexil, or git commit --no-verify" >&2
  exit 1
}
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
git checkout-index --all --prefix="$staged/"
cd "$staged"
vexil validate . >&2
if find . -name 'features.test.*' | grep -q .; then
  results=$(vexil test . 2>&1) || {
    printf '%s\\n' "$results" >&2
    exit 1
  }
fi
`;

/** Files of a flag repository, the configuration first. */
export function initFiles(source: InitSource, { sample, workflow, hook }: InitParts): readonly InitFile[] {
  return [
    { path: "vexil.yaml", text: initConfig(source) },
    ...(sample
      ? [
          { path: "default/features.yaml", text: FEATURES },
          { path: "default/features.test.yaml", text: TESTS },
        ]
      : []),
    ...(["config", "features", "tests"] as const).map((name) => ({
      path: `.schemas/${name}.schema.json`,
      text: schemaText(name),
    })),
    // The daemon's own, where it keeps a copy of a remote here.
    { path: ".gitignore", text: ".vexil/\n" },
    ...(workflow ? [{ path: ".github/workflows/flags.yml", text: WORKFLOW }] : []),
    ...(hook ? [{ path: ".githooks/pre-commit", text: HOOK, isProgram: true }] : []),
  ];
}
