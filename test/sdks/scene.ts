/** One scene for every SDK: an upstream of one wire format that answers what it is asked, after a gateway. */

import { gatewayWith, route } from "../kit/routing.js";
import { type Answering, fail, type Reply, startWire, type WireName, wireNames, wires } from "../kit/wires.js";

export const model = "test-model";
export const city = {
	type: "object",
	properties: { city: { type: "string" } },
	required: ["city"],
	additionalProperties: false,
} as const;
export const weather = { name: "weather", description: "The weather in a city" };
/** What the upstream says in the end, once it has seen the tools' results. */
export const sunny = ["It is ", "sunny in ", "Paris, ", "and wet in Rome."];
export const words = ["Hel", "lo, ", "wörld ", "👋"];
export const report = { city: "Paris", degrees: 21, isSunny: true };

/** Two calls in one turn, then the answer; a JSON object for a schema; reasoning if it is asked for. */
const act: Answering = ({ tools, results, hasSchema, wantsReasoning, text }, _response): Reply => {
	const thoughts = wantsReasoning ? { reasoning: "Let me think." } : {};
	if (hasSchema) return { words: split(JSON.stringify(report)) };
	if (text.includes("Cut it short")) return { words: ["Once "], isCut: true };
	if (results.length > 0) return { ...thoughts, words: sunny };
	if (tools.includes("weather"))
		return {
			...thoughts,
			words: ["Looking. "],
			calls: [
				{ id: "call_paris", name: "weather", input: { city: "Paris" } },
				{ id: "call_rome", name: "weather", input: { city: "Rome" } },
			],
		};
	return { ...thoughts, words };
};

function split(text: string): string[] {
	return text.match(/.{1,9}/gsu) ?? [];
}

/** Starts a gateway to an upstream of this wire format. */
export async function scene(wire: WireName, answer: Answering = act) {
	const host = await startWire(wire, answer);
	const gateway = await gatewayWith({ upstreams: [host.settings()], routes: [route(["one/real-model"])] });
	return { host, gateway };
}

/** Answers with an error of its vendor's, so often, and then as usual. */
export function failing(status: number, times = Number.POSITIVE_INFINITY, headers: Record<string, string> = {}) {
	let left = times;
	return (wire: WireName): Answering =>
		(question, response, request) => {
			left -= 1;
			return left < 0 ? act(question, response, request) : fail(response, wires[wire], status, "Not today.", headers);
		};
}

/** A stream's events until the middle of its text. */
export function brokenEvents(wire: WireName, asked: string): string[] {
	const events = wires[wire].events({ words }, asked);
	return events.slice(
		0,
		events.findIndex((event) => event.includes("wörld")),
	);
}

export { wireNames };
