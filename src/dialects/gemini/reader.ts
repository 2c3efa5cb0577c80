/** Reads streams of Gemini's generateContent: each event is an answer of its own, with what is new. */
import { NewCitations } from "../../chat/citations.js";
import type { ChatEvent, ToolCallDelta } from "../../chat/event.js";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { EventBytes, Json, ReadEvent, ReaderOptions, StreamReader } from "../dialect.js";
import { listIn, textIn } from "../openai/choice.js";
import { textLengthOf } from "../openai/textLength.js";
import { type RepeatedText, RepeatedTexts, type TextOnly } from "../repeatedText.js";
import { tokensOf } from "../usageCounts.js";
import { geminiErrors } from "./errors.js";
import { readGrounding } from "./grounding.js";
import { readTokens } from "./logProbabilities.js";
import { objectsMember, textMember } from "./members.js";
import { PartialArgs } from "./partialArgs.js";
import { noSignature, readMedia } from "./parts.js";
import { blockReasonOf, createdIn, finishOf, newCallId } from "./response.js";

const errors = geminiErrors("candidates");
const textName = Buffer.from('"text"');

/** One candidate so far. */
interface Candidate {
	calls: number;
	/** A call whose arguments are still coming. */
	open: { readonly place: number; readonly args: PartialArgs } | undefined;
	/** All that was said, where places in it have to be found. */
	text: string;
	readonly cited: NewCitations;
}

export class ContentReader implements StreamReader {
	readonly #texts: RepeatedTexts | undefined;
	readonly #candidates = new Map<number, Candidate>();

	readonly #keepsText: boolean;

	constructor({ needsJson = false, isTranslated = false }: ReaderOptions = {}) {
		this.#texts = needsJson ? undefined : new RepeatedTexts();
		this.#keepsText = isTranslated;
	}

	match(bytes: Buffer, at: number): RepeatedText | undefined {
		const found = this.#texts?.match(bytes, at);
		const candidate = found && this.#keepsText ? this.#candidates.get(found.choice) : undefined;
		if (found && candidate) candidate.text += bytes.toString("utf8", found.textStart, found.textEnd);
		return found;
	}

	read({ bytes, start, end, data }: EventBytes): ReadEvent | undefined {
		const json = parseObject(data);
		if (json === undefined) return undefined;
		this.#texts?.learn(bytes, start, end, textOnly(json));
		return { events: this.#eventsOf(json), json };
	}

	#eventsOf(json: Json): ChatEvent[] {
		const { usageMetadata: usage, error } = json;
		const detail = error === undefined || error === null ? undefined : errors.read(json, "event");
		if (detail !== undefined) return [{ ...detail, type: "error" }];
		const events: ChatEvent[] = [
			{
				type: "start",
				id: textIn(json.responseId) || undefined,
				created: createdIn(json),
				model: textIn(json.modelVersion) || undefined,
			},
		];
		const candidates = objectsMember(json, "candidates");
		for (const candidate of candidates) this.#addCandidate(candidate, events);
		const vendorReason = candidates.length === 0 ? blockReasonOf(json) : "";
		if (vendorReason !== "") events.push({ type: "finish", choice: 0, reason: "content_filter", vendorReason });
		if (!isObject(usage)) return events;
		// Each event has counts; those of the one that ends a candidate are the last.
		const isAlone = events.some(({ type }) => type === "finish");
		return [...events, { type: "usage", tokens: tokensOf(usage), raw: usage, isAlone }];
	}

	#addCandidate(candidate: Json, events: ChatEvent[]): void {
		const choice = typeof candidate.index === "number" ? candidate.index : 0;
		let state = this.#candidates.get(choice);
		if (state === undefined) {
			state = { calls: 0, open: undefined, text: "", cited: new NewCitations() };
			this.#candidates.set(choice, state);
			events.push({ type: "role", choice, role: "assistant" });
		}
		const { content } = candidate;
		const tokens = candidate.logprobsResult === undefined ? [] : readTokens(candidate);
		if (tokens.length > 0) events.push({ type: "logprobs", choice, tokens });
		if (isObject(content))
			for (const part of listIn(content.parts)) {
				if (!isObject(part)) continue;
				addPart(part, choice, state, events);
				if (this.#keepsText && part.thought !== true) state.text += textIn(part.text);
			}
		if (candidate.groundingMetadata !== undefined || candidate.citationMetadata !== undefined)
			this.#addCitations(candidate, choice, state, events);
		const finish = finishOf(textIn(candidate.finishReason), state.calls > 0);
		if (finish === undefined) return;
		closeCall(choice, state, events);
		events.push({ type: "finish", choice, ...finish });
	}

	/** They count from the beginning of all that was said, in whichever piece they come. */
	#addCitations(candidate: Json, choice: number, { text, cited }: Candidate, events: ChatEvent[]): void {
		const counted = { index: 0, text: this.#keepsText ? text : undefined };
		const found = readGrounding(candidate, () => counted);
		for (const citation of cited.of(found.map(({ citation: one }) => one)))
			events.push({ type: "citation", choice, citation });
	}
}

function addPart(part: Json, choice: number, state: Candidate, events: ChatEvent[]): void {
	const { text, functionCall } = part;
	const signature = textMember(part, "thoughtSignature") || undefined;
	if (typeof text === "string") {
		if (part.thought === true) events.push({ type: "reasoning", choice, text, signature });
		else if (text !== "") events.push({ type: "text", choice, text, isPlain: false });
	} else if (isObject(functionCall)) addCall(functionCall, signature, { choice, state, events });
	else {
		events.push({ type: "opaque", choice, length: textLengthOf(part) });
		const media = readMedia(part);
		if (media?.type === "image" || media?.type === "audio") events.push({ type: "media", choice, part: media });
	}
}

interface Place {
	readonly choice: number;
	readonly state: Candidate;
	readonly events: ChatEvent[];
}

/** Calls come whole, or begin with a name alone; an empty one ends the one before. */
function addCall(call: Json, given: string | undefined, { choice, state, events }: Place): void {
	const { args, partialArgs, willContinue } = call;
	const name = textIn(call.name);
	const { open } = state;
	if (name === "" && open !== undefined) {
		open.args.add(partialArgs);
		if (isObject(args)) open.args.assign(args);
		if (willContinue !== true) closeCall(choice, state, events);
		return;
	}
	if (name === "") return;
	closeCall(choice, state, events);
	const place = state.calls;
	state.calls += 1;
	const signature = given === noSignature ? undefined : given;
	const begun: ToolCallDelta = {
		type: "tool_call",
		choice,
		place,
		id: textIn(call.id) || newCallId(),
		callType: "function",
		name,
		arguments: "",
		...(signature === undefined ? {} : { signature }),
	};
	if (willContinue !== true && partialArgs === undefined) {
		events.push({ ...begun, arguments: JSON.stringify(args ?? {}) });
		return;
	}
	events.push(begun);
	state.open = { place, args: new PartialArgs() };
	state.open.args.add(partialArgs);
	if (isObject(args)) state.open.args.assign(args);
	if (willContinue !== true) closeCall(choice, state, events);
}

function closeCall(choice: number, state: Candidate, events: ChatEvent[]): void {
	const { open } = state;
	if (open === undefined) return;
	state.open = undefined;
	const { place, args } = open;
	events.push({ type: "tool_call", choice, place, id: "", callType: "", name: "", arguments: args.text });
}

/** Undefined for an event that says more than one candidate's text; its counts differ from event to event. */
function textOnly({ candidates, usageMetadata, promptFeedback }: Json): TextOnly | undefined {
	if (usageMetadata !== undefined || promptFeedback !== undefined) return undefined;
	const [candidate, ...others] = listIn(candidates);
	if (!isObject(candidate) || others.length > 0 || candidate.finishReason !== undefined) return undefined;
	const { content, index = 0 } = candidate;
	const [part, ...more] = isObject(content) ? listIn(content.parts) : [];
	if (!isObject(part) || more.length > 0 || typeof part.text !== "string" || typeof index !== "number")
		return undefined;
	return Object.keys(part).length === 1 ? { choice: index, isPlain: false, name: textName } : undefined;
}
