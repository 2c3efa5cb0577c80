/**
 * Writes the program to dist/ in few files: each process would have to find, open and compile more than a thousand.
 * What packages hold stays theirs, and is loaded from node_modules.
 */
import { readdirSync, rmSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { dirname } from "node:path/posix";
import { rolldown } from "rolldown";

const root = join(import.meta.dirname, "..");
const source = join(root, "src");
const output = join(root, "dist");

/** The processes, and the package's API. */
const programs = ["cli", "process/worker", "process/storeWriter", "index"];
/** What the benchmarks, the screenshots and tests take from the program as it is built. */
const parts = [
	"accounting/usageJournal",
	"accounting/usageMover",
	"chat/tokenCounts",
	"cli/commands/serve",
	"cluster",
	"middleware/limits",
	"mockHosts/lab/lab",
	"settings/settings",
	"store/newId",
	"store/open",
];

removeScripts(output);
const bundle = await rolldown({
	cwd: root,
	input: Object.fromEntries([...programs, ...parts].map((name) => [name, join(source, `${name}.ts`)])),
	platform: "node",
	external: /^[^./]/,
	transform: { target: "es2023" },
	resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
	plugins: [ownAddresses()],
});
await bundle.write({ dir: output, chunkFileNames: "chunks/[name]-[hash].js", keepNames: true });
await bundle.close();

/** Leaves what is no part of the program: the pages that browsers load. */
function removeScripts(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true })) {
		const path = join(folder, entry.name);
		if (entry.isDirectory() && !["ui", "docs"].includes(entry.name)) removeScripts(path);
		else if (entry.name.endsWith(".js")) rmSync(path);
	}
}

/** Keeps `import.meta.url` what it was in the module's own file, from where it finds other files of the package. */
function ownAddresses() {
	const marked = /"moduleAt:([^"]+)"/g;
	return {
		name: "ownAddresses",
		transform(code, id) {
			if (!id.startsWith(source) || !code.includes("import.meta.url")) return null;
			const path = relative(source, id).replaceAll(sep, "/").replace(/\.ts$/, ".js");
			return code.replaceAll("import.meta.url", `"moduleAt:${path}"`);
		},
		renderChunk(code, { fileName }) {
			const here = dirname(fileName);
			return code.replaceAll(marked, (_all, path) => {
				const to = relative(here, path).replaceAll(sep, "/");
				return `new URL(${JSON.stringify(to)}, import.meta.url).href`;
			});
		},
	};
}
