/** One scene for every SDK: an upstream of one wire format that answers what it is asked, after a gateway. */

import { onTestFinished } from "vitest";
import { startGateway, type TestGateway, withoutRateLimit } from "../kit/gateway.js";
import { route, target } from "../kit/routing.js";
import { thisFile } from "../kit/thisFile.js";
import {
	type Answering,
	wireNames as allWireNames,
	fail,
	type Reply,
	startWire,
	type WireHost,
	type WireName,
	wires,
} from "../kit/wires.js";

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
	// Some clients ask for an object as the arguments of a tool.
	if (tools.includes("json")) return { calls: [{ id: "call_json", name: "json", input: report }] };
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

interface Scene {
	readonly host: WireHost;
	readonly gateway: TestGateway;
}

/** Those of a file's tests that want nothing but the usual answers share one of each kind. */
const shared = new Map<WireName, Promise<Scene>>();

/** A gateway to an upstream of this wire format. @param answer what it says, if not the usual */
export async function scene(wire: WireName, answer?: Answering): Promise<Scene> {
	if (answer !== undefined) return start(wire, answer, onTestFinished);
	const found = shared.get(wire) ?? start(wire, act, (close) => void thisFile.endings.push(close));
	if (shared.size === 0) thisFile.endings.push(() => shared.clear());
	shared.set(wire, found);
	const { host } = await found;
	host.questions.length = 0;
	host.received.length = 0;
	return found;
}

async function start(wire: WireName, answer: Answering, whenDone: (close: () => Promise<void>) => void) {
	const host = await startWire(wire, answer, whenDone);
	const routes = [
		route([target("one/real-model", { capabilities: { reasoning: true } })], { models: [model, "gpt-5-mini"] }),
	];
	const routing = { upstreams: [host.settings()], routes };
	const gateway = await startGateway("127.0.0.1", { overlay: withoutRateLimit() }, routing);
	whenDone(() => gateway.stop());
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

/** Upstreams of Google's and Ollama's have SDK tests of their own. */
export const wireNames = allWireNames.filter((name) => name !== "gemini" && name !== "ollama");
