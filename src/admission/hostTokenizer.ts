/** Has an upstream count a prompt's tokens, at the `/tokenize` that vLLM and llama.cpp have beside their API. */
import { providers } from "../providers/providers.js";
import type { UpstreamSettings } from "../settings/routes.js";
import { createHostCall, type HostCall } from "../upstream/probe.js";
import { estimateTokens } from "../upstream/routing/estimateTokens.js";
import { type PromptPieces, promptPieces } from "./promptPieces.js";

type Json = Readonly<Record<string, unknown>>;

const timeoutMs = 1_000;
/** One that could not say it is not asked again for so long. */
const restMs = 30_000;

export interface HostTokenizer {
	/** @returns undefined if the upstream can't count, or not in time */
	count(json: Json, model: string | undefined): Promise<number | undefined>;
}

/** @param now milliseconds on a clock that doesn't go back */
export function createHostTokenizer(upstream: UpstreamSettings, now: () => number): HostTokenizer | undefined {
	const kind = upstream.tokenize ?? providers.get(upstream.provider ?? "")?.tokenize ?? "none";
	if (kind === "none") return undefined;
	const read = kind === "vllm" ? ofVllm : ofLlamaCpp;
	let call: HostCall | undefined;
	let restsUntil = Number.NEGATIVE_INFINITY;
	return {
		async count(json, model) {
			if (now() < restsUntil) return undefined;
			call ??= createHostCall(upstream);
			try {
				const { body, more } = read(json, model);
				const counted = countIn(await call.post("/tokenize", body, timeoutMs));
				return counted === undefined ? undefined : counted + more;
			} catch {
				restsUntil = now() + restMs;
				return undefined;
			}
		},
	};
}

/** It knows the model's chat template. Pictures and recordings it leaves out or takes for a mark. */
function ofVllm({ messages, prompt, input, tools }: Json, model: string | undefined): { body: object; more: number } {
	const named = model === undefined ? {} : { model };
	if (Array.isArray(messages)) {
		const body = { ...named, messages, ...(tools == null ? {} : { tools }), add_generation_prompt: true };
		return { body, more: estimateTokens({ prompt, input }) };
	}
	return { body: { ...named, prompt: textOf({ texts: [prompt ?? input].flat().map(String), tokens: 0 }) }, more: 0 };
}

/** It counts texts alone; what stands around messages is estimated. */
function ofLlamaCpp(json: Json): { body: object; more: number } {
	const pieces = promptPieces(json);
	return { body: { content: textOf(pieces) }, more: pieces.tokens };
}

function textOf({ texts }: PromptPieces): string {
	return texts.join("\n");
}

/** vLLM says how many; llama.cpp lists them. */
function countIn(answer: unknown): number | undefined {
	const { count, tokens } = (answer ?? {}) as { count?: unknown; tokens?: unknown };
	if (typeof count === "number" && count >= 0) return Math.ceil(count);
	return Array.isArray(tokens) ? tokens.length : undefined;
}
