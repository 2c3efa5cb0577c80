/** A whole answer, whichever dialect it comes in; and the same as events. */

import type { Citation } from "./citations.js";
import {
	type ChatEvent,
	type FinishReason,
	functionCallPlace,
	type ReasoningDelta,
	type ToolCallDelta,
	type UsageReport,
} from "./event.js";
import type { TokenProbability } from "./logProbabilities.js";
import type { Part } from "./request.js";

export interface ChatResponse {
	readonly id: string | undefined;
	/** Seconds since 1970. */
	readonly created: number | undefined;
	readonly model: string | undefined;
	readonly choices: readonly ChatChoice[];
	readonly usage: Pick<UsageReport, "tokens" | "raw"> | undefined;
}

export interface ChatChoice {
	readonly parts: readonly Part[];
	/** Of its texts, in order. */
	readonly logprobs?: readonly TokenProbability[] | undefined;
	/** Undefined where the answer was cut. */
	readonly finish: { readonly reason: FinishReason; readonly vendorReason: string } | undefined;
}

/** The events that a stream of the same answer would consist of, without its end. */
export function eventsOf({ id, created, model, choices, usage }: ChatResponse): ChatEvent[] {
	const events: ChatEvent[] = [{ type: "start", id, created, model }];
	for (const [choice, { parts, finish, logprobs }] of choices.entries()) {
		events.push({ type: "role", choice, role: "assistant" });
		if (logprobs !== undefined) events.push({ type: "logprobs", choice, tokens: logprobs });
		let place = 0;
		for (const part of parts) {
			const event = eventOf(part, choice, place);
			if (event === undefined) continue;
			const citations = part.type === "text" ? (part.citations ?? []) : [];
			if (part.type === "text") events.push({ type: "block", choice });
			if (event.type === "tool_call") place += 1;
			events.push(event);
			for (const citation of citations) events.push({ type: "citation", choice, citation });
		}
		if (finish) events.push({ type: "finish", choice, ...finish });
	}
	if (usage) events.push({ type: "usage", ...usage, isAlone: true });
	return events;
}

function eventOf(part: Part, choice: number, place: number): ChatEvent | undefined {
	switch (part.type) {
		case "text":
			return { type: "text", choice, text: part.text, isPlain: false };
		case "reasoning":
			return { type: "reasoning", choice, text: part.text, signature: part.signature, encrypted: part.encrypted };
		case "refusal":
			return { type: "refusal", choice, text: part.text };
		case "image":
		case "audio":
			return { type: "media", choice, part };
		case "tool_call":
			return {
				type: "tool_call",
				choice,
				place,
				id: part.id,
				callType: part.callType,
				namespace: part.namespace,
				name: part.name,
				arguments: part.arguments,
				...(part.signature === undefined ? {} : { signature: part.signature }),
			};
		default:
			return undefined;
	}
}

interface OpenChoice {
	parts: Part[];
	/** Where in the parts each call stands, by its place. */
	calls: Map<number, number>;
	finish: ChatChoice["finish"];
	logprobs: TokenProbability[];
	/** The next text is a part of its own. */
	startsBlock: boolean;
	/** Of a text that has not come. */
	citations: Citation[];
}

/** Puts the events of a stream together into the answer that it would have been in one piece. */
export class ResponseBuilder {
	#id: string | undefined;
	#created: number | undefined;
	#model: string | undefined;
	#usage: ChatResponse["usage"];
	readonly #choices = new Map<number, OpenChoice>();

	add(event: ChatEvent): void {
		switch (event.type) {
			case "start":
				this.#id ??= event.id;
				this.#created ??= event.created;
				this.#model = event.model ?? this.#model;
				break;
			case "usage":
				this.#usage = { tokens: event.tokens, raw: event.raw };
				break;
			case "role":
				this.#choiceAt(event.choice);
				break;
			case "finish":
				this.#choiceAt(event.choice).finish = { reason: event.reason, vendorReason: event.vendorReason };
				break;
			case "text":
			case "refusal":
				addText(this.#choiceAt(event.choice), event.type, event.text);
				break;
			case "media":
				this.#choiceAt(event.choice).parts.push(event.part);
				break;
			case "logprobs":
				this.#choiceAt(event.choice).logprobs.push(...event.tokens);
				break;
			case "block":
				this.#choiceAt(event.choice).startsBlock = true;
				break;
			case "citation":
				addCitation(this.#choiceAt(event.choice), event.citation);
				break;
			case "reasoning":
				addReasoning(this.#choiceAt(event.choice).parts, event);
				break;
			case "tool_call":
				addCall(this.#choiceAt(event.choice), event);
				break;
		}
	}

	/** The answer so far. */
	get response(): ChatResponse {
		const choices = [...this.#choices].sort(([one], [other]) => one - other);
		return {
			id: this.#id,
			created: this.#created,
			model: this.#model,
			choices: choices.map(([, { parts, finish, logprobs }]) => ({
				parts,
				finish,
				...(logprobs.length > 0 ? { logprobs } : {}),
			})),
			usage: this.#usage,
		};
	}

	#choiceAt(index: number): OpenChoice {
		let choice = this.#choices.get(index);
		if (choice === undefined) {
			choice = { parts: [], calls: new Map(), finish: undefined, logprobs: [], startsBlock: false, citations: [] };
			this.#choices.set(index, choice);
		}
		return choice;
	}
}

function addText(choice: OpenChoice, type: "text" | "refusal", text: string): void {
	const { parts, startsBlock, citations } = choice;
	const last = parts.at(-1);
	if (last?.type === type && !startsBlock) parts[parts.length - 1] = { ...last, text: last.text + text };
	else if (text !== "") {
		parts.push({ type, text, ...(citations.length > 0 && type === "text" ? { citations } : {}) });
		choice.startsBlock = false;
		choice.citations = [];
	}
}

function addCitation({ parts, startsBlock, citations }: OpenChoice, citation: Citation): void {
	const at = startsBlock ? -1 : parts.findLastIndex(({ type }) => type === "text");
	const cited = parts[at];
	if (cited?.type !== "text") citations.push(citation);
	else parts[at] = { ...cited, citations: [...(cited.citations ?? []), citation] };
}

function addReasoning(parts: Part[], { text, signature, encrypted }: ReasoningDelta): void {
	const last = parts.at(-1);
	const isSame = last?.type === "reasoning" && (last.signature ?? last.encrypted) === undefined;
	if (isSame) parts[parts.length - 1] = { ...last, text: last.text + text, signature, encrypted };
	else if (text !== "" || (signature ?? encrypted) !== undefined)
		parts.push({ type: "reasoning", text, signature, encrypted });
}

function addCall({ parts, calls }: OpenChoice, event: ToolCallDelta): void {
	const { place, id, callType, namespace, name, arguments: text, signature } = event;
	const at = calls.get(place);
	const before = at === undefined ? undefined : parts[at];
	if (at === undefined || before?.type !== "tool_call") {
		calls.set(place, parts.length);
		const ownId = place === functionCallPlace ? "" : id;
		parts.push({
			type: "tool_call",
			id: ownId,
			callType: callType === "custom" ? "custom" : "function",
			...(namespace === undefined ? {} : { namespace }),
			name,
			arguments: text,
			...(signature === undefined ? {} : { signature }),
		});
		return;
	}
	parts[at] = {
		...before,
		id: before.id || id,
		name: before.name || name,
		arguments: before.arguments + text,
	};
}
