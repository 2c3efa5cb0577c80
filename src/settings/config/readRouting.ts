/** The upstreams and routes of a configuration file. */
import type { Routing } from "../routes.js";
import type { UpstreamLimits } from "./configFile.js";
import type { Config } from "./configSchema.js";
import { inspectRoutes } from "./inspectRoutes.js";
import { readLevel } from "./levels.js";
import type { Reader } from "./reader.js";
import { type GivenRoute, readRoute } from "./readRoute.js";
import { type GivenUpstream, readUpstream } from "./readUpstream.js";
import type { Report } from "./report.js";

type NamedUpstream = readonly [name: string, given: GivenUpstream];

/**
 * Makes upstreams and routes; undefined if the file leaves them to flags.
 *
 * @param written the file's own values
 * @param config what the schema leaves of it
 */
export function routingOf(
	written: Config,
	config: Config,
	reader: Reader,
	report: Report,
): ((limits: UpstreamLimits) => Routing) | undefined {
	if (written.upstreams === undefined) {
		for (const key of ["routes", "defaults"] as const)
			if (config[key] !== undefined) report.add([key], "needs `upstreams`, which it is about", true);
		return undefined;
	}
	// One with something wrong in it stays, so that targets may name it.
	const upstreams = Object.entries(config.upstreams ?? {}).map(([name, given]): NamedUpstream => [name, given ?? {}]);
	const routes: GivenRoute[] =
		config.routes?.map((route) => route ?? {}) ?? (written.routes === undefined ? catchAll(upstreams, report) : []);
	return (limits) => readRouting(upstreams, routes, config.defaults ?? {}, limits, reader);
}

function readRouting(
	upstreams: readonly NamedUpstream[],
	given: readonly GivenRoute[],
	defaults: NonNullable<Config["defaults"]>,
	limits: UpstreamLimits,
	reader: Reader,
): Routing {
	const levels = upstreams.map(([name, upstream]) => {
		const level = readLevel(upstream, ["upstreams", name], reader);
		return [name, { level, weight: upstream.weight }] as const;
	});
	const context = {
		reader,
		limits,
		upstreams: new Map(levels),
		defaults: readLevel({ timeouts: defaults.timeouts }, ["defaults"], reader),
	};
	const routes = given.map((route, index) => readRoute(route, ["routes", index], context, defaults));
	inspectRoutes({ routes }, given, reader.report);
	const { connectTimeoutMs, proxyOf } = limits;
	const made = upstreams.map(([name, upstream]) =>
		readUpstream(name, upstream, { reader, defaults, connectTimeoutMs, proxyOf }),
	);
	return { upstreams: made, routes };
}

/** Without routes, all goes to the only upstream. */
function catchAll(upstreams: readonly NamedUpstream[], report: Report): GivenRoute[] {
	const [first, second] = upstreams;
	if (first === undefined) return [];
	if (second !== undefined) report.add(["upstreams"], "needs `routes`, which say what goes to which of them", true);
	return [{ name: "*", model: "*", targets: [{ upstream: first[0] }] }];
}
