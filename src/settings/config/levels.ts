/** One level of what targets inherit: of a target itself, a group, a route, an upstream, or of the file's defaults. */
import type { Capabilities, Cost, Timeouts } from "../routes.js";
import { defaultHoldMs, endMsWithin } from "../singleUpstream.js";
import type { UpstreamLimits } from "./configFile.js";
import type { Schemas } from "./configSchema.js";
import { firstSaid, mergeLevels } from "./inherit.js";
import type { Path } from "./locatedYaml.js";
import type { Reader } from "./reader.js";

export interface Level {
	readonly timeouts: { readonly [Name in keyof Timeouts]: number | undefined };
	readonly capabilities: Schemas["CapabilitiesConfig"];
	readonly cost: Cost | undefined;
}

type Given = {
	readonly timeouts?: Schemas["TimeoutsConfig"] | undefined;
	readonly capabilities?: Schemas["CapabilitiesConfig"] | undefined;
	readonly cost?: Partial<Cost> | undefined;
};

export function readLevel(given: Given, path: Path, reader: Reader): Level {
	const { timeouts = {}, capabilities = {}, cost } = given;
	const wait = (name: string, leastMs?: number) => reader.duration(timeouts, name, [...path, "timeouts"], leastMs);
	return {
		timeouts: {
			firstByteMs: wait("firstByte"),
			firstTokenMs: wait("firstToken"),
			idleMs: wait("idle"),
			endMs: wait("end"),
			holdMs: wait("hold", 0),
			heartbeatMs: wait("heartbeat", 0),
			totalMs: wait("total"),
		},
		capabilities,
		cost: costIn(cost),
	};
}

/** Undefined if the file has none, or a wrong one, which is reported. */
export function costIn(given: Partial<Cost> | undefined): Cost | undefined {
	const { input, output, ...others } = given ?? {};
	return input === undefined || output === undefined ? undefined : { input, output, ...others };
}

/** @param levels from the innermost to the outermost */
export function timeoutsOf(levels: readonly Level[], limits: UpstreamLimits): Timeouts {
	const merged = mergeLevels(levels.map(({ timeouts }) => timeouts));
	const firstByteMs = merged.firstByteMs ?? limits.timeoutMs;
	const idleMs = merged.idleMs ?? limits.idleTimeoutMs;
	return {
		firstByteMs,
		firstTokenMs: merged.firstTokenMs ?? Math.max(limits.timeoutMs, firstByteMs),
		idleMs,
		endMs: merged.endMs ?? endMsWithin(idleMs),
		holdMs: merged.holdMs ?? defaultHoldMs,
		heartbeatMs: merged.heartbeatMs ?? limits.heartbeatMs,
		totalMs: merged.totalMs,
	};
}

export function capabilitiesOf(levels: readonly Level[]): Capabilities {
	const { prefill, tools, vision, jsonSchema, reasoning, context, output } = mergeLevels(
		levels.map(({ capabilities }) => capabilities),
	);
	return {
		prefill: typeof prefill === "string" ? prefill : undefined,
		tools,
		vision,
		jsonSchema,
		reasoning,
		context,
		output,
	};
}

export function costOf(levels: readonly Level[]): Cost | undefined {
	return firstSaid(...levels.map(({ cost }) => cost));
}
