/**
 * Writes the program to dist/ in few files: each process would have to find, open and compile more than a thousand. The packages that
 * each start needs are part of them, and their licences are in `licenses.txt`; all others are loaded from node_modules.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
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

/** What each start needs. Packages that these depend on come with them. */
const inlined = [
	"@fastify/busboy",
	"@koa/cors",
	"@koa/router",
	"@koa/send",
	"ajv",
	"ajv-formats",
	"debug",
	"helmet",
	"jsonpath-rfc9535",
	"koa",
	"koa-bodyparser",
	"koa-helmet",
	"koa-ratelimit",
	"kysely",
	"openapi-backend",
	"sade",
	"undici",
	"ws",
];
/** What these look for, and do without. */
const optional = ["bufferutil", "utf-8-validate", "supports-color"];
/** From this size on, JSON is in a file of its own. */
const ownFileBytes = 8 * 1024;
/** What openapi-backend loads to read documents from files, to check them against OpenAPI 3.0, and to mock answers. */
const unused = ["@apidevtools/json-schema-ref-parser", "openapi-schema-validator", "mock-json-schema"];

removeScripts(output);
rmSync(join(output, "data"), { recursive: true, force: true });
const bundle = await rolldown({
	cwd: root,
	input: Object.fromEntries([...programs, ...parts].map((name) => [name, join(source, `${name}.ts`)])),
	platform: "node",
	external: isExternal,
	transform: { target: "es2023" },
	resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
	plugins: [
		withoutUnused(),
		withoutFetch(),
		withoutHttp2(),
		lodashInParts(),
		oneListOfTypes(),
		parsedJson(),
		ownAddresses(),
		oneBytePerCharacter(),
	],
	// Koa's packages contain a direct `eval`, which they call for engines without `Function.length`.
	checks: { eval: false },
});
const { output: chunks } = await bundle.write({
	dir: output,
	// A group's name is followed by those of all entries that load it.
	chunkFileNames: ({ name }) => `chunks/${name.split("~", 1)[0]}-[hash].js`,
	keepNames: true,
	comments: false,
	// Apart from the program, since V8 takes memory by the size of what it compiles at once.
	codeSplitting: { groups: [{ name: "packages", test: /node_modules/, entriesAware: true }] },
});
await bundle.close();
writeFileSync(join(output, "licenses.txt"), licensesOf(chunks.flatMap(({ moduleIds = [] }) => moduleIds)));

function isExternal(id, importer = "") {
	const [, name] = /^((?:@[^/]+\/)?[^./][^/]*)/.exec(id) ?? [];
	if (name === undefined) return false;
	if (id.startsWith("node:") || isBuiltin(id) || optional.includes(name)) return true;
	return !inlined.includes(name) && !importer.includes("/node_modules/");
}

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

function withoutUnused() {
	const stub = "\0unused";
	return {
		name: "withoutUnused",
		resolveId: (id) => (unused.includes(id) ? stub : null),
		load: (id) =>
			id === stub
				? `function unused() { throw new Error("this part of openapi-backend is not in the bundle"); }
					export default { dereference: unused, parse: unused, resolve: unused };
					export { unused as mock };`
				: null,
	};
}

/**
 * Koa asks of each body whether it is a `Response` of fetch, a name for which Node loads the whole of fetch: 7 MB in each worker, and
 * 30 ms before its first answer. What calls itself none is none.
 */
function withoutFetch() {
	return {
		name: "withoutFetch",
		transform(code, id) {
			if (!/\/node_modules\/koa\/lib\/(response|application)\.js$/.test(id)) return null;
			const named = 'Object.prototype.toString.call($1) === "[object Response]"';
			const changed = code.replaceAll(/\b(\w+) instanceof Response\b/g, `(${named} && $1 instanceof Response)`);
			if (changed === code)
				throw new Error(`${id} no longer asks for a Response: withoutFetch has nothing to do there`);
			return changed;
		},
	};
}

/**
 * One version of mime-db for all packages, with what they look up: the types that have file extensions, and those that say their
 * charset. Each version as it comes would take every worker half a megabyte.
 */
function oneListOfTypes() {
	const list = "\0mimeTypes";
	return {
		name: "oneListOfTypes",
		resolveId: (id) => (id === "mime-db" ? list : null),
		load(id) {
			if (id !== list) return null;
			const types = JSON.parse(readFileSync(join(root, "node_modules/koa/node_modules/mime-db/db.json"), "utf8"));
			const known = Object.entries(types).filter(([, { extensions, charset }]) => extensions ?? charset);
			return { code: parsing("mime-db", Object.fromEntries(known)), moduleType: "js" };
		},
	};
}

/** undici has a client for HTTP/2, which nothing here allows it to speak. Node's own part of that takes a worker more than 1 MB. */
function withoutHttp2() {
	return {
		name: "withoutHttp2",
		load: (id) =>
			/\/node_modules\/undici\/lib\/dispatcher\/client-h2\.js$/.test(id)
				? 'module.exports = () => { throw new Error("the bundle has no HTTP/2"); };'
				: null,
	};
}

/**
 * openapi-backend loads all of lodash for a few of its functions. Those that it calls by `_.chain` are named here; a wrapper of
 * lodash's own would bring the rest along.
 */
function lodashInParts() {
	const parts = "\0lodash";
	const chained = ["entries", "find", "flatMap", "orderBy"];
	const user = join(root, "node_modules/openapi-backend");
	return {
		name: "lodashInParts",
		resolveId: (id, importer = "") => (id === "lodash" && importer.startsWith(user) ? parts : null),
		load(id) {
			if (id !== parts) return null;
			const sources = readdirSync(user).filter((file) => file.endsWith(".js"));
			const uses = sources.flatMap((file) => readFileSync(join(user, file), "utf8").match(/(?<=\b_\.)\w+/g) ?? []);
			const names = new Set([...uses, ...chained].filter((name) => name !== "chain"));
			const code = `${[...names].map((name) => `exports.${name} = require("lodash/${name}");`).join("\n")}
				exports.chain = (value) => ({
					${chained.map((name) => `${name}: (...given) => exports.chain(exports.${name}(value, ...given)),`).join("\n")}
					value: () => value,
				});`;
			return { code, moduleType: "js" };
		},
	};
}

/** V8 takes much more memory to compile a large object than to parse its JSON. */
function parsedJson() {
	return {
		name: "parsedJson",
		load(id) {
			if (!id.endsWith(".json")) return null;
			const name = relative(join(root, "node_modules"), id)
				.replaceAll(/\W+/g, "-")
				.replace(/-json$/, "");
			return { code: parsing(name, JSON.parse(readFileSync(id, "utf8"))), moduleType: "js" };
		},
	};
}

/**
 * A module whose export is this value. The JSON of a large one is a file that is read when the module is first used: V8 would keep its
 * text with that of the program, in each process, such as half a megabyte of encodings that no client sends.
 */
function parsing(name, value) {
	const json = JSON.stringify(value);
	if (json.length < ownFileBytes) return `module.exports = JSON.parse(${JSON.stringify(json)});`;
	mkdirSync(join(output, "data"), { recursive: true });
	writeFileSync(join(output, `data/${name}.json`), json);
	return `module.exports = JSON.parse(require("node:fs").readFileSync(new URL("moduleAt:data/${name}.json"), "utf8"));`;
}

/** V8 keeps a source as long as its functions, with two bytes for each character if there is one beyond Latin-1. */
function oneBytePerCharacter() {
	return {
		name: "oneBytePerCharacter",
		generateBundle(_options, files) {
			for (const file of Object.values(files)) if (file.type === "chunk") file.code = escaped(file.code);
		},
	};
}

function escaped(code) {
	// There, an escape is no character.
	if (/String\.raw`[^`]*[^\0-\xff]/.test(code)) return code;
	return code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The licence of each package that these modules are from. */
function licensesOf(modules) {
	const folders = modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter(Boolean);
	return [...new Set(folders)].sort().map(licenseIn).join("\n\n");
}

function licenseIn(folder) {
	const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
	const text = file === undefined ? "" : `\n\n${readFileSync(join(folder, file), "utf8").trim()}`;
	return `${name} ${version}: ${license}${text}\n`;
}
