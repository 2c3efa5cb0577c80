/** Programs that a machine may lack. `.ci/run` installs them all, so that nothing is skipped there. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { TestRunner } from "vitest";

/** Skips the running test, with the reason, if one of these programs is missing. */
export function needs(...programs: string[]): void {
	const missing = programs.filter((program) => !isThere(program));
	if (missing.length > 0) TestRunner.getCurrentTest()?.context.skip(`this machine has no ${missing.join(", ")}`);
}

function isThere(program: string): boolean {
	return (process.env.PATH ?? "").split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
