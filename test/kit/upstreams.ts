/** Settings of upstreams as a configuration has them, and gateways with these settings, in this process or with workers. */
import type { BreakerSettings, Routing, UpstreamSettings } from "../../src/settings/routes.js";
import { readSettings, type Settings } from "../../src/settings/settings.js";
import { temporaryFile } from "./gateway.js";
import { type Llmw, runLlmw } from "./llmw.js";

/** An upstream without limits and health checks. */
export function anUpstream(changes: Partial<UpstreamSettings> = {}): UpstreamSettings {
	const { routing } = readSettings({ aihost: "http://127.0.0.1:9/v1" }, {});
	return { ...(routing.upstreams[0] as UpstreamSettings), name: "one", ...changes };
}

export const threeFailures: BreakerSettings = { failures: 3, share: 0.5, windowMs: 10_000, cooldownMs: 1_000 };

/** @returns the settings' routing with other upstreams, the first of which gets all requests */
export function routingOf({ routing }: Settings, upstreams: readonly UpstreamSettings[]): Routing {
	const first = upstreams[0]?.name as string;
	const renamed = JSON.parse(JSON.stringify(routing.routes).replaceAll('"upstream":"aihost"', `"upstream":"${first}"`));
	return { upstreams, routes: renamed };
}

/** The arguments of a serving `llmw` whose upstreams come from a file that each reload reads again. */
export async function serveUpstreams(
	upstreams: readonly UpstreamSettings[],
	flags: Record<string, unknown> = {},
	environment: Record<string, string> = {},
): Promise<Llmw & { url: string; file: string }> {
	const file = temporaryFile("upstreams.json", JSON.stringify(upstreams));
	const dist = new URL("../../dist/", import.meta.url);
	const program = temporaryFile(
		"serve.mjs",
		`import { readFileSync } from "node:fs";
		import { reportProblems, serve } from "${new URL("cli/commands/serve.js", dist)}";
		import { readSettings } from "${new URL("settings/settings.js", dist)}";
		const read = () => {
			const settings = readSettings(${JSON.stringify({ bindport: "0", ...flags })}, process.env);
			const upstreams = JSON.parse(readFileSync(${JSON.stringify(file)}, "utf8"));
			const routes = JSON.parse(JSON.stringify(settings.routing.routes).replaceAll('"upstream":"aihost"', '"upstream":"' + upstreams[0].name + '"'));
			return { ...settings, routing: { upstreams, routes } };
		};
		serve(read).catch((error) => process.exit(reportProblems(error)));`,
	);
	const llmw = runLlmw([], environment, { program });
	const [, url = ""] = await llmw.says(/listening on (http:\/\/\S+)/);
	return { ...llmw, url, file };
}
