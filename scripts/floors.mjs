/**
 * Checks the floors of src/: ARCHITECTURE.md has them in a table, the highest first, and a file imports only from its
 * own floor and those below. Prints each import that goes up and each file that stands on no floor, and then fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import ts from "typescript";

const root = join(import.meta.dirname, "..");
const floors = readFloors(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
	.map((name) => posix.join("src", name.replaceAll("\\", "/")))
	.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));

const problems = files.flatMap((file) => {
	const floor = floorOf(file);
	if (floor === undefined) return [`${file} stands on no floor of ARCHITECTURE.md`];
	const up = importsOf(file).filter((imported) => (floorOf(imported) ?? floor) < floor);
	return up.map((imported) => `${file} imports ${imported}, which stands on a higher floor`);
});
for (const floor of floors.flat())
	if (!files.some((file) => isIn(file, floor)))
		problems.push(`ARCHITECTURE.md has ${floor} on a floor, but no such file`);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${files.length} files on ${floors.length} floors, no import goes up`);

/** The paths in the first column of the table under "## Floors", a list for each row. */
function readFloors(text) {
	const section = /^## Floors$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text)?.[1] ?? "";
	const rows = section.split("\n").filter((line) => line.startsWith("|"));
	const table = rows.slice(2).map((row) => [...row.split("|")[1].matchAll(/`(src\/[^`]+)`/g)].map(([, path]) => path));
	if (table.length < 2 || table.some((paths) => paths.length === 0))
		throw new Error("ARCHITECTURE.md has no table of floors, or a row without a path");
	return table;
}

/** The floor's number, 0 for the highest; that of the longest path that the file is in. */
function floorOf(file) {
	const paths = floors.flat().filter((path) => isIn(file, path));
	const longest = paths.sort((one, other) => other.length - one.length)[0];
	return longest === undefined ? undefined : floors.findIndex((floor) => floor.includes(longest));
}

function isIn(file, path) {
	return path.endsWith("/") ? file.startsWith(path) : file === path;
}

/** Files of src/ that it imports, also for their types or when it runs. */
function importsOf(file) {
	const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"), true, true);
	return importedFiles
		.map(({ fileName }) => fileName)
		.filter((name) => name.startsWith("."))
		.map((name) => posix.join(dirname(file), name).replace(/\.js$/, ".ts"))
		.filter((name) => files.includes(name));
}
