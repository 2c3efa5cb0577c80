/** Packs the package, checks what is in it, installs it elsewhere, and runs it there. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "llmgw-package-"));
const run = (command, args, cwd = root) =>
	execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
	run("npx", ["publint", "--strict"]);
	const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder]));
	const own = packed.files.map(({ path }) => path).filter((path) => !path.startsWith("node_modules/"));
	const wanted = [
		/^dist\//,
		/^overlays\/[\w-]+\.yaml$/,
		/^schema\/llmw\.schema\.json$/,
		/^docs\/[\w-]+\.md$/,
		/^deploy\/(grafana\/llmgw\.json|prometheus\/alerts\.yaml)$/,
		/^examples\/(llmw\.yaml|plugins\/\w+\.js)$/,
		/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md|openapi\.yaml)$/,
	];
	const strange = own.filter(
		(path) => !wanted.some((pattern) => pattern.test(path)) || /\.test\.|test-plugins/.test(path),
	);
	if (strange.length > 0) throw new Error(`the package holds what nobody needs: ${strange.join(", ")}`);

	for (const needed of [/^dist\/ui\/index\.html$/, /^dist\/ui\/app-[\w-]+\.js$/, /^dist\/ui\/index-[\w-]+\.css$/])
		if (!own.some((path) => needed.test(path))) throw new Error(`the package lacks the dashboard's ${needed}`);

	writeFileSync(join(folder, "package.json"), '{"name":"consumer","version":"1.0.0","private":true,"type":"module"}');
	run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", join(folder, packed.filename)], folder);
	// Both fail where what is installed is not what some package asks for.
	run("npm", ["ls", "--all"], folder);
	const { components } = JSON.parse(run("npm", ["sbom", "--sbom-format", "cyclonedx"], folder));
	for (const name of ["llmgw", "openapi-backend"])
		if (!components.some((component) => component.name === name))
			throw new Error(`the consumer's bill of materials lacks ${name}`);
	const version = run(join(folder, "node_modules/.bin/llmw"), ["--version"]).trim();
	writeFileSync(
		join(folder, "plugin.js"),
		'import { definePlugin } from "llmgw";\nexport default definePlugin({ name: "mine", stage: "edge", middleware: () => (_ctx, next) => next() });\n',
	);
	const chain = run(join(folder, "node_modules/.bin/llmw"), ["chain", "--plugin", "./plugin.js"], folder);
	if (!chain.includes("mine")) throw new Error(`the installed package does not load a plugin:\n${chain}`);
	run(join(folder, "node_modules/.bin/llmw"), ["config", "schema"], folder);
	for (const name of ["openai", "strict-openai", "no-rate-limit"])
		run(join(folder, "node_modules/.bin/llmw"), ["check", "--contract", name], folder);
	console.log(
		`${packed.filename}: ${own.length} files of ours, ${Math.round(packed.size / 1024)} KB packed; installed, it says "${version}"`,
	);
} finally {
	rmSync(folder, { recursive: true, force: true });
}
