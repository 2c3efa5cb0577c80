/** Writes a stream of OpenAI's responses: items that are opened, filled and closed, each event with its number. */
import type { ChatEvent, FinishReason, ReasoningDelta, ToolCallDelta } from "../../chat/event.js";
import type { Image } from "../../chat/request.js";
import type { TokenCounts } from "../../chat/tokenCounts.js";
import type { GatewayError } from "../../errors/gatewayError.js";
import type { Json, StreamWriter, WireEvent, WriteContext } from "../dialect.js";

import type { RepeatedText } from "../repeatedText.js";
import type { BegunItem, BegunResponse, TextKind } from "./begun.js";
import { failedEvent } from "./errors.js";
import { callNameOf, nameOf, partNameOf, partOf } from "./eventNames.js";
import { type OpenCall, type OpenText, openCallOf } from "./openItems.js";
import {
	callItem,
	endOf,
	imageItem,
	isCall,
	itemId,
	messageItem,
	reasoningItem,
	responseBase,
	writeUsage,
} from "./response.js";
import { TextNotes } from "./textNotes.js";

export class ResponseWriter implements StreamWriter {
	readonly #context: WriteContext;
	readonly head: { id: string; created: number; model: string };
	#number = 0;
	#hasBegun = false;
	#finish: FinishReason | undefined;
	#tokens: TokenCounts | undefined;
	/** Items in order; those that are open have a place all the same. */
	readonly #output: Json[] = [];
	/** The text that grows; calls grow beside it. */
	#open: OpenText | undefined;
	/** Of the text that is open, or comes next. */
	readonly #notes = new TextNotes();
	/** Parts of the open message that are whole. */
	#content: Json[] = [];
	readonly #calls = new Map<number, OpenCall>();
	#written: WireEvent[] = [];
	/** The response as another writer has begun it. */
	#begun: Json | undefined;

	/** @param sent undefined for a stream from its beginning */
	constructor(context: WriteContext, sent?: BegunResponse) {
		this.#context = context;
		this.head = { id: `resp_${context.requestId}`, created: context.created, model: context.model ?? "" };
		if (sent !== undefined) this.#goOn(sent);
	}

	write(events: readonly ChatEvent[]): WireEvent[] {
		for (const event of events) this.#take(event);
		return this.#taken();
	}

	writeText({ bytes, choice, textStart, textEnd }: RepeatedText): Buffer | undefined {
		const open = this.#open;
		if (choice !== 0 || open?.kind !== "text" || textStart === textEnd) return undefined;
		const text = bytes.toString("utf8", textStart, textEnd);
		open.text += text;
		open.place ??= JSON.stringify(this.#placeOf(open)).slice(1, -1);
		const head = `event: ${nameOf.text}.delta\ndata: {"type":"${nameOf.text}.delta","sequence_number":${this.#number},`;
		this.#number += 1;
		return Buffer.from(`${head}${open.place},"delta":"${text}","logprobs":[]}\n\n`);
	}

	end(): WireEvent[] {
		this.#begin();
		this.#closeText();
		for (const call of this.#calls.values()) this.#closeCall(call);
		this.#calls.clear();
		const ending = endOf(this.#finish);
		const response = { ...this.#base(), ...ending, output: this.#output, usage: writeUsage(this.#tokens) };
		this.#emit(`response.${ending.status}`, { response });
		return this.#taken();
	}

	fail(error: GatewayError): WireEvent[] {
		const json = failedEvent(error, { number: this.#number, response: { ...this.#base(), output: this.#output } });
		return [{ name: json.type as string, json }];
	}

	/** Items whose text has all been said are closed at once; others stay open. */
	#goOn({ number, base, output, open }: BegunResponse): void {
		this.#number = number;
		this.#hasBegun = base !== undefined;
		this.#begun = base;
		this.#output.push(...output);
		let place = 0;
		for (const [index, item] of output.entries()) {
			const begun = open.get(index);
			if (isCall(item)) {
				if (begun !== undefined) this.#calls.set(place, openCallOf(begun, index));
				place += 1;
			} else if (begun !== undefined) this.#goOnWith(begun, index);
		}
	}

	#goOnWith({ item, parts, part }: BegunItem, index: number): void {
		const content = [...parts];
		if (part !== undefined) {
			this.#open = { kind: part.kind, index, part: part.place, text: part.text };
			this.#content = content;
			if (!part.isSaid) return;
			this.#closePart(true);
			this.#open = undefined;
			this.#content = [];
		}
		this.#itemDone(index, {
			...item,
			status: "completed",
			[item.type === "reasoning" ? "summary" : "content"]: content,
		});
	}

	#taken(): WireEvent[] {
		const written = this.#written;
		this.#written = [];
		return written;
	}

	#take(event: ChatEvent): void {
		switch (event.type) {
			case "start":
				if (this.#hasBegun) return;
				this.head.created = event.created ?? this.head.created;
				return;
			case "usage":
				this.#tokens = event.tokens ?? this.#tokens;
				return;
			case "role":
				this.#begin();
				return;
			case "finish":
				if (event.choice === 0) this.#finish = event.reason;
				return;
			case "text":
			case "refusal":
				if (event.choice === 0 && event.text !== "") this.#addText(event.type, event.text);
				return;
			case "media":
				if (event.choice === 0 && event.part.type === "image") this.#addImage(event.part);
				return;
			case "block":
				if (event.choice === 0) this.#notes.cited.begin(this.#open?.kind === "text" ? this.#open.text.length : 0);
				return;
			case "citation":
				if (event.choice === 0) this.#notes.cited.cite(event.citation);
				return;
			case "logprobs":
				if (event.choice === 0) this.#notes.addTokens(event.tokens);
				return;
			case "reasoning":
				if (event.choice === 0) this.#addReasoning(event);
				return;
			case "tool_call":
				if (event.choice === 0) this.#addCall(event);
		}
	}

	#base(): Json {
		return this.#begun ?? responseBase(this.head.created, this.#context);
	}

	#begin(): void {
		if (this.#hasBegun) return;
		this.#hasBegun = true;
		const response = this.#base();
		this.#emit("response.created", { response });
		this.#emit("response.in_progress", { response });
	}

	#emit(type: string, ...members: readonly (Json | undefined)[]): void {
		this.#written.push({ name: type, json: Object.assign({ type, sequence_number: this.#number }, ...members) });
		this.#number += 1;
	}

	#addItem(item: (index: number) => Json): number {
		this.#begin();
		const index = this.#output.length;
		const added = item(index);
		this.#output.push(added);
		this.#emit("response.output_item.added", { output_index: index, item: added });
		return index;
	}

	#itemDone(index: number, item: Json): void {
		this.#output[index] = item;
		this.#emit("response.output_item.done", { output_index: index, item });
	}

	#addText(kind: TextKind, text: string): void {
		if (this.#open?.kind !== kind) this.#openText(kind);
		const open = this.#open as OpenText;
		open.text += text;
		const logprobs = kind === "text" ? { logprobs: this.#notes.takeTokens() } : undefined;
		this.#emit(`${nameOf[kind]}.delta`, this.#placeOf(open), { delta: text }, logprobs);
	}

	#addImage(image: Image): void {
		this.#closeText();
		const item = (at: number) => imageItem(itemId("ig", at, this.#context), image);
		const index = this.#addItem((at) => ({ ...item(at), status: "in_progress", result: null }));
		this.#itemDone(index, item(index));
	}

	#addReasoning({ text, signature, encrypted }: ReasoningDelta): void {
		if (text !== "") this.#addText("reasoning", text);
		const seal = signature ?? encrypted;
		if (seal === undefined) return;
		if (this.#open?.kind === "reasoning") {
			this.#closeText(seal);
			return;
		}
		this.#closeText();
		const item = (at: number) => reasoningItem(itemId("rs", at, this.#context), "", seal);
		const index = this.#addItem(item);
		this.#itemDone(index, item(index));
	}

	#openText(kind: TextKind): void {
		// A text and a refusal that follow each other are parts of one message.
		const isSameItem = kind !== "reasoning" && this.#open !== undefined && this.#open.kind !== "reasoning";
		const before = this.#open;
		if (isSameItem) this.#closePart();
		else this.#closeText();
		if (kind === "reasoning") {
			const index = this.#addItem((at) => reasoningItem(itemId("rs", at, this.#context), ""));
			this.#open = { kind, index, part: 0, text: "" };
		} else {
			const index =
				isSameItem && before !== undefined
					? before.index
					: this.#addItem((at) => messageItem(itemId("msg", at, this.#context), "in_progress", []));
			this.#open = { kind, index, part: this.#content.length, text: "" };
		}
		this.#emit(`${partNameOf[kind]}.added`, this.#placeOf(this.#open), { part: partOf(kind, "") });
	}

	#placeOf({ kind, index, part }: OpenText): Json {
		const { id } = this.#output[index] as Json;
		return { item_id: id, output_index: index, [kind === "reasoning" ? "summary_index" : "content_index"]: part };
	}

	/** @param isSaid the event with all of its text has been sent */
	#closePart(isSaid = false): void {
		const open = this.#open;
		if (open === undefined) return;
		const { kind, text } = open;
		const place = this.#placeOf(open);
		const notes = kind === "text" ? this.#notes.end(text) : undefined;
		const part = { ...partOf(kind, text), ...notes };
		const logprobs = notes && { logprobs: notes.logprobs };
		for (const [at, annotation] of notes?.annotations.entries() ?? [])
			this.#emit("response.output_text.annotation.added", place, { annotation_index: at, annotation });
		if (!isSaid)
			this.#emit(`${nameOf[kind]}.done`, place, { [kind === "refusal" ? "refusal" : "text"]: text }, logprobs);
		this.#emit(`${partNameOf[kind]}.done`, place, { part });
		this.#content.push(part);
	}

	/** @param seal of reasoning */
	#closeText(seal?: string): void {
		const open = this.#open;
		if (open === undefined) return;
		this.#closePart();
		const { id } = this.#output[open.index] as { id: string };
		const status = this.#finish === "length" ? "incomplete" : "completed";
		const content = this.#content;
		const reasoning = { summary: content, ...(seal === undefined ? {} : { encrypted_content: seal }) };
		const item = open.kind === "reasoning" ? reasoning : messageItem(id, status, content);
		this.#itemDone(open.index, { ...this.#output[open.index], ...item });
		this.#content = [];
		this.#open = undefined;
	}

	#addCall(event: ToolCallDelta): void {
		const call = this.#calls.get(event.place) ?? this.#openCall(event);
		call.name ||= event.name;
		call.id ||= event.id;
		call.text += event.arguments;
		if (event.arguments !== "") this.#callDelta(call, event.arguments);
	}

	/** Calls stay open to the end, since some upstreams fill several by turns. */
	#openCall({ place, id, namespace, name, callType }: ToolCallDelta): OpenCall {
		this.#closeText();
		const type = callType === "custom" ? "custom" : "function";
		const begun = { id, namespace, name, callType: type, arguments: "" } as const;
		const index = this.#addItem((at) => callItem(begun, at, "in_progress", this.#context));
		const call: OpenCall = { kind: "call", index, id, namespace, name, callType: type, text: "" };
		this.#calls.set(place, call);
		return call;
	}

	#callDelta({ index }: OpenCall, delta: string): void {
		const { id, type } = this.#output[index] as Json;
		this.#emit(`${callNameOf(type)}.delta`, { item_id: id, output_index: index, delta });
	}

	#closeCall(call: OpenCall): void {
		const { index, callType, text, begun } = call;
		const item = this.#itemOf(call);
		const place = { item_id: item.id, output_index: index };
		if (!begun?.isSaid) {
			if (callType === "custom") this.#emit("response.custom_tool_call_input.done", place, { input: text });
			else this.#emit("response.function_call_arguments.done", place, { name: item.name, arguments: text });
		}
		this.#itemDone(index, item);
	}

	#itemOf({ index, id, namespace, name, callType, text, begun }: OpenCall): Json {
		const status = this.#finish === "length" ? "incomplete" : "completed";
		if (begun !== undefined) return { ...begun.item, status, [callType === "custom" ? "input" : "arguments"]: text };
		return callItem({ id, namespace, name, callType, arguments: text }, index, status, this.#context);
	}
}
