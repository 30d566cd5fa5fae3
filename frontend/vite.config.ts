import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Leave out what React Router has for routes that load data. Names that it gives to its components, and what it wraps
 * them in, look as if they did something, so that nothing unused could be dropped; and only where routes load data does
 * a link load it ahead, or an error of theirs get a page. Where React Router is written differently one day, the app
 * still works, and `npm run size` tells.
 */
const lean: Plugin = {
  name: "lean-react-router",
  apply: "build",
  transform: {
    filter: { id: /react-router\/dist\// },
    handler: (code) => ({
      code: code
        .replace(/^\w+\.displayName = .*;$/gm, "")
        .replace(/^((?:var|const|let) \w+ = )(React\d*\.(?:memo|forwardRef|createContext)\()/gm, "$1/* @__PURE__ */ $2")
        .replaceAll("(PrefetchPageLinks,", '("link",')
        .replace(/React\d*\.createElement\(DefaultErrorComponent, null\)/, "null"),
      map: null,
    }),
  },
};

/** Put a compressed twin beside each script and style sheet: Lictor sends it to whoever can read it, and so does nginx. */
const packed: Plugin = {
  name: "packed",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_, bundle) {
      for (const [fileName, file] of Object.entries(bundle)) {
        if (!/\.(js|css)$/.test(fileName)) continue;
        const source = gzipSync(file.type === "chunk" ? file.code : file.source, { level: 9 });
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source });
      }
    },
  },
};

// Lictor itself serves the app under /app/; VITE_BASE names another place.
export default defineConfig(({ command }) => ({
  base: process.env.VITE_BASE ?? "/app/",
  plugins: [react(), lean, packed],
  // What React Router calls its production build is without warnings that only developers need.
  resolve: {
    alias:
      command === "build"
        ? [{ find: /^react-router$/, replacement: here("node_modules/react-router/dist/production/index.mjs") }]
        : [],
  },
  build: { target: "es2022", sourcemap: false, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { port: 5173, strictPort: true, fs: { allow: [".."] } },
  test: {
    environment: "jsdom",
    setupFiles: ["tests/setup.ts"],
    testTimeout: 20_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    env: { VITE_API: "http://lictor.test" },
  },
}));

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
