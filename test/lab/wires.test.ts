/** Each fault of the lab, in each wire format of an upstream, as clients of several wire formats see it through a gateway. */
import { describe, expect, test } from "vitest";
import { definitionOf, exampleOf, faultNames } from "../../src/mockHosts/lab/faults.js";
import { parseModelName } from "../../src/mockHosts/lab/modelName.js";
import { referenceAnswer } from "../../src/mockHosts/lab/referenceAnswers.js";
import type { Timeouts } from "../../src/settings/routes.js";
import { defaultRetry } from "../../src/settings/singleUpstream.js";
import { askAs, type ClientName, type HeardEnd } from "../kit/clients.js";
import { gatewayWith, route, startLab, target, upstream } from "../kit/routing.js";

/** Only what falls silent is not waited for long: a busy machine is slow as well. */
function timeoutsFor(model: string): Partial<Timeouts> {
	if (/^silent|^stall|as=stall/.test(model))
		return { firstByteMs: 1500, firstTokenMs: 1500, idleMs: 1500, holdMs: 1500 };
	return /^(no-)?done-open/.test(model) ? { endMs: 300, idleMs: 3000 } : {};
}

const upstreams = [
	upstream("chat", "/v1", { provider: "openai-compatible" }),
	upstream("responses", "/v1", { dialects: ["openai.responses"] }),
	upstream("messages", "/v1", { provider: "anthropic", key: "any" }),
	upstream("gemini", "/v1beta", { provider: "gemini", key: "any" }),
	upstream("cohere", "/v2", { provider: "cohere", key: "any" }),
	upstream("ollama", "/v1", { provider: "ollama", ollama: {} }),
	upstream("converse", "", { provider: "bedrock", key: "any" }),
];

/** Every fault with every variant; what takes its time takes little. */
const faults = faultNames.flatMap((fault) => {
	const { number, variants = [""] } = definitionOf(fault);
	const name = number?.unit === "MS" ? `${fault}:${fault === "slow" ? 1 : 20}` : exampleOf(fault);
	// Many requests to one name, all of which are to fail.
	if (fault === "flap") return ["flap:1000"];
	return variants.map((as) => (as === "" ? name : `${name},as=${as}`));
});

const models = [...faults, "content-filter:7", "error:401", "error:404", "error:529", "rate-limit:3,status=503"];

async function gatewayBeforeLab() {
	const lab = await startLab();
	const url = lab.url.replace(/\/v1$/, "");
	return gatewayWith({
		upstreams: upstreams.map((given) => ({ ...given, url: url + given.url })),
		routes: upstreams.flatMap(({ name }) =>
			models.map((fault) =>
				route([target(`${name}/${fault}`, { timeouts: timeoutsFor(fault) })], {
					models: [`${name}~${fault}`],
					rescue: "off",
					retry: { ...defaultRetry, attempts: 1 },
				}),
			),
		),
	});
}

type Outcome =
	| "whole"
	| "failed"
	| "filtered"
	| "other text"
	| "refused"
	| "an error of another shape"
	| "an end without a reason";

interface Case {
	readonly wire: string;
	readonly model: string;
	readonly isStream: boolean;
	/** The client speaks the upstream's wire format, and gets its bytes. */
	readonly isOwn: boolean;
}

/** What a fault does to an answer. */
function expected({ wire, model, isStream, isOwn }: Case): readonly Outcome[] {
	const { fault, as, number } = parseModelName(model);
	switch (fault) {
		case "ok":
		case "late-headers":
		case "late-first-token":
		case "slow":
		case "usage":
			return ["whole"];
		case "no-done":
			// In responses the reason stands in what ends them.
			return isStream && wire === "responses" ? ["failed"] : ["whole"];
		case "no-done-open":
			return isStream && wire !== "responses" ? ["whole"] : ["failed"];
		case "done-open":
			return isStream ? ["whole"] : ["failed"];
		case "departs":
			return ["other text"];
		case "garbage":
			return isStream ? ["whole", "failed"] : ["failed"];
		case "no-finish":
			return withoutFinish(as, { wire, model, isStream, isOwn });
		case "content-filter":
			if (number === undefined) return ["refused", "filtered"];
			// Ollama has no word for it.
			return wire === "ollama" ? ["other text"] : ["filtered", "failed"];
		case "error":
			return isOwn && as !== "json" ? ["an error of another shape"] : ["refused"];
		case "context-length":
			return isOwn && as === "vllm" ? ["refused", "an error of another shape"] : ["refused"];
		case "rate-limit":
		case "unauthorized":
		case "forbidden":
		case "not-found":
		case "bad-request":
		case "flap":
			return ["refused"];
		default:
			return ["failed"];
	}
}

function withoutFinish(as: string, { wire, isStream, isOwn }: Case): readonly Outcome[] {
	if (!isStream) return ["failed", "other text", "an end without a reason"];
	// Complete by all that can be seen.
	if (wire === "responses" && as === "done") return ["other text"];
	return isOwn && as === "done" && wire !== "gemini" ? ["an end without a reason"] : ["failed"];
}

function outcomeOf(heard: HeardEnd): Outcome | string {
	const { status, error, text, isEnded, finish } = heard;
	if (status >= 400) return error === undefined ? "an error of another shape" : status < 500 ? "refused" : "failed";
	if (error !== undefined) {
		if (isEnded) return "an error, and the end of a whole answer";
		return referenceAnswer.startsWith(text) ? "failed" : "an error after another text";
	}
	if (!isEnded) return "neither an end nor an error";
	if (finish === undefined) return "an end without a reason";
	if (/filter|refus|safety|prohibit/i.test(finish)) return "filtered";
	return text === referenceAnswer ? "whole" : "other text";
}

/** A refusal with 5xx is a failure as well. */
function isAsExpected(outcome: string, wanted: readonly Outcome[], status: number): boolean {
	if (wanted.includes(outcome as Outcome)) return true;
	return outcome === "failed" && wanted.includes("refused") && status >= 500;
}

const pairs: [string, ClientName][] = [
	["chat", "chat"],
	["chat", "messages"],
	["responses", "responses"],
	["responses", "chat"],
	["messages", "messages"],
	["messages", "gemini"],
	["gemini", "gemini"],
	["gemini", "chat"],
	["cohere", "chat"],
	["cohere", "responses"],
	["ollama", "chat"],
	["ollama", "gemini"],
	["converse", "messages"],
	["converse", "responses"],
];

describe.each([
	["streamed", true],
	["whole", false],
])("%s", (_how, isStream) => {
	test("each fault in each wire format becomes an honest answer or an error of the client's wire format", async () => {
		const gateway = await gatewayBeforeLab();
		const wrong: string[] = [];
		const judgePair = async ([wire, client]: (typeof pairs)[number]) => {
			const judge = async (model: string) => {
				const heard = await askAs(client, gateway.url, `${wire}~${model}`, { isStream });
				const outcome = outcomeOf(heard);
				const wanted = expected({ wire, model, isStream, isOwn: wire === client });
				if (isAsExpected(outcome, wanted, heard.status)) return;
				wrong.push(
					`${wire} to ${client}, ${model}: ${outcome} in place of ${wanted.join(" or ")}: ${heard.status} ${heard.raw.slice(-300)}`,
				);
			};
			await Promise.all(models.map(judge));
		};
		for (let at = 0; at < pairs.length; at += 2) await Promise.all(pairs.slice(at, at + 2).map(judgePair));
		expect(wrong).toEqual([]);
	}, 240_000);
});
