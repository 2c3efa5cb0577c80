/** The one response that a client gets of several turns: its items in their order, and its events with their numbers. */
import { failedEvent } from "../dialects/openaiResponses/errors.js";
import { eventBytes } from "../dialects/openaiResponses/wireBytes.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";

type Json = Record<string, unknown>;

export class ResponseWriter {
	/** Undefined for an answer that is no stream. */
	readonly #send: ((bytes: Buffer) => void) | undefined;
	readonly #output: Json[] = [];
	#base: Json;
	#number = 0;
	#usage: Json | undefined;

	/** @param base the response as it begins */
	constructor(base: Json, send: ((bytes: Buffer) => void) | undefined) {
		this.#base = base;
		this.#send = send;
	}

	begin(): void {
		const response = this.#response({});
		this.emit("response.created", { response });
		this.emit("response.in_progress", { response });
	}

	emit(type: string, more: Json): void {
		this.#send?.(eventBytes({ type, sequence_number: this.#number, ...more }));
		this.#number += 1;
	}

	/** @returns its place in the output */
	add(item: Json): number {
		const index = this.#output.length;
		this.#output.push(item);
		this.emit("response.output_item.added", { output_index: index, item });
		return index;
	}

	done(index: number, item: Json): void {
		this.#output[index] = item;
		this.emit("response.output_item.done", { output_index: index, item });
	}

	/** An item that is whole when it comes. */
	put(item: Json): void {
		this.done(this.add(item), item);
	}

	/** Takes over what the model's turn says of the response, and adds up its usage. */
	noteTurn({ usage, ...said }: Json): void {
		this.#base = { ...said, ...this.#base };
		if (isObject(usage)) this.#usage = this.#usage === undefined ? usage : sumOf(this.#usage, usage);
	}

	get outputTokens(): number {
		const { output_tokens: tokens } = this.#usage ?? {};
		return typeof tokens === "number" ? tokens : 0;
	}

	/** @param last the model's last turn: it says how the response has ended */
	end({ status, incomplete_details: details, completed_at: at }: Json): Json {
		const isIncomplete = status === "incomplete";
		const response = this.#response({
			status: isIncomplete ? "incomplete" : "completed",
			incomplete_details: isIncomplete ? details : null,
			...(at === undefined ? {} : { completed_at: at }),
		});
		this.emit(isIncomplete ? "response.incomplete" : "response.completed", { response });
		return response;
	}

	fail(error: GatewayError): void {
		const response = this.#response({});
		const event = failedEvent(error, { number: this.#number, response });
		const failed = isObject(event.response) ? { ...event.response, usage: this.#usage ?? null } : event.response;
		this.#send?.(eventBytes({ ...event, response: failed }));
	}

	#response(more: Json): Json {
		return { ...this.#base, output: [...this.#output], usage: this.#usage ?? null, ...more };
	}
}

/** Numbers add up, at any depth; all else is as the later one has it. */
function sumOf(one: Json, other: Json): Json {
	const sum: Json = { ...one };
	for (const [name, value] of Object.entries(other)) {
		const before = one[name];
		if (typeof before === "number" && typeof value === "number") sum[name] = before + value;
		else sum[name] = isObject(before) && isObject(value) ? sumOf(before, value) : value;
	}
	return sum;
}
