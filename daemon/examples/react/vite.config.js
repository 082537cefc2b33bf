// Vite by itself expects each file to import React.
export default { esbuild: { jsx: "automatic" } };
