/** Whether a model is asked how much to reason. */
import type { ChatRequest } from "../chat/request.js";

/** Models of OpenAI, Google and Cohere that take an effort, as they are named by whoever serves them. */
const known = /(^|[/.:])(gpt-5|gpt-oss|o1(?!-(mini|preview))|o3|o4|codex-|gemini-(2\.5|[3-9])|command-a-reasoning)/i;
/** Those of them that may be told not to reason at all. */
const stoppable = /(^|[/.:])(gpt-5\.[1-9]|command-a-reasoning)/i;
/** Dialects of upstreams that refuse a wish for reasoning if the model does not reason; other dialects' writers know their models. */
const particular = new Set(["openai.chat", "openai.responses", "ollama.chat", "cohere.chat"]);

export interface ReasoningTarget {
	/** What the operator says; undefined if nothing. */
	readonly reasons: boolean | undefined;
	/** What the upstream's list says. */
	readonly listed?: boolean | undefined;
	/** As the upstream names it. */
	readonly model: string | undefined;
	/** The upstream's dialect. */
	readonly dialect: string;
}

/**
 * The request without its wish for reasoning, if the target would refuse that. Coding agents ask for reasoning whatever the
 * model; an effort that a client of chat completions names is meant for the model.
 */
export function askingReasoning(request: ChatRequest, target: ReasoningTarget, dropped: Set<string>): ChatRequest {
	const { reasoning, dialect } = request;
	if (reasoning === undefined) return request;
	const { effort } = reasoning;
	if (takes(target, dialect, effort)) return request;
	// A model that doesn't reason needn't be told to leave it.
	if ((target.reasons ?? target.listed) !== false || effort !== "none") dropped.add("reasoning");
	return { ...request, reasoning: undefined };
}

function takes(
	{ reasons, listed, model = "", dialect }: ReasoningTarget,
	client: string,
	effort: string | undefined,
): boolean {
	if (reasons !== undefined) return reasons;
	if (listed === false) return false;
	if (client === "openai.chat" || !particular.has(dialect)) return true;
	return effort === "none" ? stoppable.test(model) : listed === true || known.test(model);
}
