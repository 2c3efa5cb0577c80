/** Builds the dashboard into dist/ui, where the gateway serves it from: one script, one stylesheet, one icon. */
import { fileURLToPath } from "node:url";
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

export default defineConfig({
	root: fileURLToPath(new URL(".", import.meta.url)),
	plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
	experimental: {
		// The page is at /ui and its files are at /ui/…, both possibly below a path that a proxy adds.
		renderBuiltUrl: (name, { hostType }) => (hostType === "html" ? `ui/${name}` : { relative: true }),
	},
	build: {
		outDir: fileURLToPath(new URL("../dist/ui", import.meta.url)),
		emptyOutDir: true,
		assetsDir: "",
		// The page's policy allows no `data:`.
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		target: "es2022",
		reportCompressedSize: false,
		rollupOptions: { output: { entryFileNames: "app-[hash].js", assetFileNames: "[name]-[hash][extname]" } },
	},
});
