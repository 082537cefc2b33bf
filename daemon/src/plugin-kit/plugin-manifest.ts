/** Kinds of plugins that there is a template of. */
export const TEMPLATE_KINDS = ["backend", "auth", "authentication", "authorization", "sink"] as const;

/** One of {@link TEMPLATE_KINDS}. */
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

export interface ManifestOptions {
  readonly package: string;
  readonly kind: TemplateKind;
  /** Name of the packed plugin API under `vendor/`. */
  readonly apiTarball: string;
  readonly apiVersion: string;
}

const DESCRIPTIONS: Readonly<Record<TemplateKind, string>> = {
  backend: "A storage backend for Vexil",
  auth: "A credential type for Vexil",
  authentication: "A way to authenticate for Vexil",
  authorization: "An engine of rights for Vexil",
  sink: "A sink of events for Vexil",
};

/** The scaffold's package.json. */
export function pluginManifest(options: ManifestOptions): object {
  const { kind, apiTarball, apiVersion } = options;
  return {
    name: options.package,
    version: "0.1.0",
    description: DESCRIPTIONS[kind],
    keywords: ["vexil", `vexil-${kind}`],
    type: "module",
    engines: { node: ">=20.19" },
    // Beside `exports`, so that the folder itself works as a specifier.
    main: "./dist/src/index.js",
    types: "./dist/src/index.d.ts",
    exports: {
      ".": { types: "./dist/src/index.d.ts", default: "./dist/src/index.js" },
      "./package.json": "./package.json",
    },
    files: ["dist/src", "README.md"],
    scripts: {
      build: "tsc -p .",
      test: "npm run build && node --test dist/test/conformance.test.js",
      prepack: "npm run build",
    },
    // The daemon brings it; where it is absent, the daemon's copy is used.
    peerDependencies: { "@vexil/plugin-api": `^${apiVersion}` },
    peerDependenciesMeta: { "@vexil/plugin-api": { optional: true } },
    devDependencies: {
      "@types/node": "^20.19.0",
      "@vexil/plugin-api": `file:vendor/${apiTarball}`,
      typescript: "^7.0.2",
    },
  };
}
