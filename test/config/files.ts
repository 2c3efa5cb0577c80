/** Configuration files for tests: written, and read into settings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describeProblem } from "../../src/errors/problem.js";
import { configOf } from "../../src/settings/config/configOf.js";
import type { Route, Target, TargetGroup } from "../../src/settings/routes.js";
import { inspectSettings, readSettings, type Settings } from "../../src/settings/settings.js";
import { temporaryFolder } from "../kit/gateway.js";

/** A folder with these files, by their paths in it. */
export function folderWith(files: Readonly<Record<string, string>>): string {
	const folder = temporaryFolder();
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, name)), { recursive: true });
		writeFileSync(join(folder, name), text);
	}
	return folder;
}

/** A file `llmw.yaml` with this text, alone in its folder. */
export function configFile(text: string): string {
	return join(folderWith({ "llmw.yaml": text }), "llmw.yaml");
}

/** What settings it comes to. @throws Problems */
export async function settingsFrom(
	text: string,
	environment: NodeJS.ProcessEnv = {},
	flags: Record<string, unknown> = {},
): Promise<Settings> {
	const given = { ...flags, config: configFile(text) };
	return readSettings(given, environment, await configOf(given, environment));
}

/** Every problem as it is printed, with the file as `llmw.yaml`. */
export async function problemsIn(
	text: string,
	environment: NodeJS.ProcessEnv = {},
	flags: Record<string, unknown> = {},
): Promise<string[]> {
	const config = configFile(text);
	const given = { ...flags, config };
	const { problems } = inspectSettings(given, environment, await configOf(given, environment));
	return problems.map((problem) =>
		describeProblem(problem).replaceAll(config, basename(config)).replaceAll(dirname(config), "."),
	);
}

/** Two upstreams to put routes behind. */
export const twoUpstreams = `
upstreams:
  one: {url: "http://127.0.0.1:1001"}
  two: {url: "http://127.0.0.1:1002"}
`.trimStart();

export function firstRoute({ routing }: Settings): Route {
	return routing.routes[0] as Route;
}

/** The targets of a route's first stage, with those in groups. */
export function targetsOf(settings: Settings): Target[] {
	const within = (group: TargetGroup): Target[] =>
		group.targets.flatMap((target) => (target.kind === "group" ? within(target) : [target]));
	return within(firstRoute(settings).stages[0] as TargetGroup);
}
