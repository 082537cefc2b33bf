import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // Below whichever path: the page says where it is.
  base: "./",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Each has light-dark().
    target: ["chrome123", "firefox120", "safari17.5"],
    // A policy without inline content takes none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Libraries tell frameworks that render on servers what runs in browsers; here all does. Where time goes is no fault.
    rolldownOptions: {
      onwarn: (warning, warn) => ["MODULE_LEVEL_DIRECTIVE", "PLUGIN_TIMINGS"].includes(warning.code) || warn(warning),
    },
  },
  server: { proxy: { "^/(api|auth|evaluate|meta|openapi.json)": "http://127.0.0.1:8080" } },
});
