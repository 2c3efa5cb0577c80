/**
 * Puts beside the compiled program what it reads at run time: the contract, the schemas of its settings, the API reference with swagger-ui, and compressed
 * copies of the files that browsers load.
 */
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

const root = join(import.meta.dirname, "..");
const docs = join(root, "dist/docs");
mkdirSync(docs, { recursive: true });
mkdirSync(join(root, "dist/generated"), { recursive: true });

for (const name of ["openapi.json", "settings.json"])
	copyFileSync(join(root, "src/generated", name), join(root, "dist/generated", name));
for (const file of readdirSync(join(root, "src/docs"))) copyChanged(join(root, "src/docs", file), join(docs, file));

const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
for (const file of ["swagger-ui.css", "swagger-ui-bundle.js"]) copyChanged(join(swagger, file), join(docs, file));
copyFileSync(join(swagger, "LICENSE"), join(docs, "swagger-ui.LICENSE.txt"));

for (const folder of [docs, join(root, "dist/ui")]) if (existsSync(folder)) compress(folder);

chmodSync(join(root, "dist/cli.js"), 0o755);

/** Beside each file that is worth it; those that are of the same file already stay. */
function compress(folder) {
	for (const name of readdirSync(folder).filter((name) => /\.(js|css|html|svg)$/.test(name))) {
		const path = join(folder, name);
		const bytes = readFileSync(path);
		if (bytes.length < 1024) continue;
		for (const [ending, compressed] of [
			[".br", brotliCompressSync],
			[".gz", (file) => gzipSync(file, { level: 9 })],
		]) {
			const copy = statSync(path + ending, { throwIfNoEntry: false });
			if (copy && copy.mtimeMs >= statSync(path).mtimeMs) continue;
			writeFileSync(path + ending, compressed(bytes));
		}
	}
}

/** Leaves a file alone that is the same, so that its compressed copies need not be made again. */
function copyChanged(from, to) {
	if (!existsSync(to) || !readFileSync(from).equals(readFileSync(to))) copyFileSync(from, to);
}
