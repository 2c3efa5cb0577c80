import { readdirSync, readFileSync } from "node:fs";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { FlakyReporter } from "./test/kit/flakyReporter.js";
import { folderInMemory } from "./test/kit/folderInMemory.js";

const temporary = folderInMemory();

const texts = new Map(
	["test", "examples"]
		.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
		.filter((file) => file.endsWith(".test.ts"))
		.map((file) => [file, readFileSync(file, "utf8")]),
);
/** A module that is replaced must not have been loaded by another file's tests. */
const alone = [...texts].filter(([, text]) => /\bvi\.(mock|doMock)\(/.test(text)).map(([file]) => file);

/** What takes long comes first, so that it is not what the end waits for: starting processes, then many tests. */
class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const sharing = ({ project }: TestSpecification) => Number(!project.config.isolate);
		return [...files].sort((a, b) => sharing(a) - sharing(b) || weightOf(b) - weightOf(a));
	}
}

function weightOf({ moduleId }: TestSpecification): number {
	const text = texts.get(moduleId.slice(import.meta.dirname.length + 1)) ?? "";
	const starts = text.match(/\b(serve\w*|run\w*|resultOf|startPostgres|overBoth\w+|overPostgres)\(/g) ?? [];
	return text.length + 10_000 * starts.length;
}

export default defineConfig({
	test: {
		reporters: ["default", new FlakyReporter()],
		setupFiles: ["test/kit/eachFile.ts"],
		// A process that runs hundreds of files makes much garbage: to collect it less often saves a twentieth of its time.
		execArgv: ["--min-semi-space-size=32", "--max-semi-space-size=64"],
		env: temporary === undefined ? {} : { TMPDIR: temporary },
		testTimeout: 120_000,
		hookTimeout: 120_000,
		// An event is waited for; how long it takes is the machine's.
		expect: { poll: { timeout: 10_000 } },
		// They start processes of their own: two cores are busy with two files, and with three, tests reach their time limits.
		maxWorkers: 2,
		sequence: { sequencer: LongestFirst },
		projects: [
			{ extends: true, test: { name: "alone", include: alone } },
			// Loading the program and compiling its contract takes longer than most files' tests: a process does it once.
			{
				extends: true,
				test: {
					name: "shared",
					isolate: false,
					include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
					exclude: [...configDefaults.exclude, ...alone],
				},
			},
		],
	},
});
