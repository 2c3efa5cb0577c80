/** One turn of a WebSocket: from its frame to the last event of its answer. */
import type { ServerResponse } from "node:http";
import { asGatewayError, GatewayError } from "../errors/gatewayError.js";
import type { BodyHold } from "../exchange/bodyBudget.js";
import { parseObject } from "../json/parseObject.js";
import { type ClientFrame, memberOf } from "./clientFrame.js";
import { earlierOf, type Remembered } from "./memory.js";
import {
	type ErrorWords,
	errorFrame,
	errorFrameOf,
	errorIn,
	inLane,
	previousNotFound,
	warmUpFrames,
	wholeResponseFrames,
} from "./serverFrames.js";
import { type TurnBody, turnBody } from "./turnBody.js";
import type { TurnResponse, TurnSink } from "./turnMessages.js";
import { TurnRecord } from "./turnRecord.js";

/** A turn's lane and its connection, as the turn sees them. */
export interface TurnPlace {
	find(id: string): Remembered | undefined;
	/** Sends a frame for each. */
	send(...data: readonly Buffer[]): void;
	/** Has the turn answered. */
	ask(turn: Turn, body: TurnBody): TurnResponse;
	/** The turn is over. */
	over(turn: Turn, remembered: Remembered | undefined): void;
}

/** Where turns are answered, and where they are made ready. */
export interface TurnPaths {
	readonly turn: string;
	readonly warmUp: string;
}

/** With output, or made ready. */
export type TurnKind = "response" | "warm_up";

export class Turn implements TurnSink {
	readonly frame: ClientFrame;
	/** The memory that its frame takes while it waits. */
	readonly #hold: BodyHold | undefined;
	readonly #place: TurnPlace;
	#parent: Remembered | undefined;
	#ownItems: Buffer | undefined;
	#record: TurnRecord | undefined;
	/** What a turn that was made ready is remembered by. */
	#ready: Remembered | undefined;
	#response: TurnResponse | undefined;

	constructor(frame: ClientFrame, hold: BodyHold | undefined, place: TurnPlace) {
		this.frame = frame;
		this.#hold = hold;
		this.#place = place;
	}

	/** @param remembers whether the connection remembers what is said */
	start(remembers: boolean): void {
		const { frame } = this;
		try {
			this.#parent = frame.previousId === undefined ? undefined : this.#place.find(frame.previousId);
			const body = turnBody(frame, this.#parent && earlierOf(this.#parent), !frame.isWarmUp);
			if (remembers) {
				// Not what else is in the frame.
				this.#ownItems = Buffer.from(body.ownItems);
				this.#record = new TurnRecord();
			}
			this.#hold?.release();
			this.#response = this.#place.ask(this, body);
		} catch (thrown) {
			this.#hold?.release();
			this.#place.send(errorFrameOf(asGatewayError(thrown), frame.streamId));
			// Many such turns may be waiting.
			process.nextTick(() => this.#place.over(this, undefined));
		}
	}

	/** The client has gone. */
	leave(): void {
		this.#hold?.release();
		this.#response?.leave();
	}

	/** The client takes more again. */
	drained(): void {
		this.#response?.emit("drain");
	}

	get kind(): TurnKind {
		return this.frame.isWarmUp ? "warm_up" : "response";
	}

	/** The response that it goes on from, if the connection has it. */
	get parentId(): string | undefined {
		return this.#parent?.id;
	}

	// From the answer.

	events(data: readonly Buffer[]): void {
		const { streamId } = this.frame;
		if (this.#record !== undefined) for (const one of data) this.#record.note(one);
		this.#place.send(...(streamId === undefined ? data : data.map((one) => inLane(one, streamId))));
	}

	whole(body: Buffer, response: ServerResponse): void {
		const json = response.statusCode < 300 ? parseObject(body.toString()) : undefined;
		if (this.frame.isWarmUp && (json !== undefined || isUncounted(response))) this.#madeReady(json?.input_tokens);
		else if (json === undefined) this.#fail(errorIn(body, response));
		else this.events(wholeResponseFrames(json));
	}

	over(isBroken: boolean): void {
		if (isBroken) {
			const failure = new GatewayError(502, "The answer broke off before its end.", { code: "upstream_closed" });
			this.#place.send(errorFrameOf(failure, this.frame.streamId));
		}
		this.#response = undefined;
		const { id, items = [], hasFailed } = this.#record ?? {};
		const isWhole = id !== undefined && hasFailed === false && !isBroken;
		this.#place.over(this, this.#ready ?? (isWhole ? this.#remembered(id, items) : undefined));
	}

	#remembered(id: string, output: readonly Buffer[], members = none): Remembered {
		const base = this.#parent === undefined ? this.frame.previousId : undefined;
		return { id, parent: this.#parent, base, items: [this.#ownItems as Buffer, ...output], members };
	}

	#madeReady(inputTokens: unknown): void {
		const model = parsed(memberOf(this.frame, "model"));
		const { id, frames } = warmUpFrames(model, typeof inputTokens === "number" ? inputTokens : 0);
		this.events(frames);
		if (this.#record === undefined) return;
		const members = new Map<string, Buffer>();
		for (const name of ["instructions", "tools"]) {
			const value = memberOf(this.frame, name);
			if (value !== undefined) members.set(name, Buffer.from(value));
		}
		this.#ready = this.#remembered(id, [], members);
	}

	/** A refusal for what it goes on from is the vendor's own, so that clients know to say everything again. */
	#fail(words: ErrorWords): void {
		const { previousId, streamId } = this.frame;
		const { param, code } = words.error;
		const isAboutPrevious = previousId !== undefined && param === "previous_response_id" && !otherRefusals.has(code);
		const said = isAboutPrevious ? { ...words, status: 400, error: previousNotFound(previousId) } : words;
		this.#place.send(errorFrame(said, streamId));
	}
}

const none: ReadonlyMap<string, Buffer> = new Map();

/** To say everything again would not help: one is to be waited for, the other is a fault of the request. */
const otherRefusals: ReadonlySet<unknown> = new Set([
	"previous_response_not_finished",
	"mutually_exclusive_parameters",
]);

/** The upstream can't count tokens, or not now, which is no reason for a turn to be refused. */
function isUncounted({ statusCode }: ServerResponse): boolean {
	return statusCode >= 500 || statusCode === 405;
}

function parsed(text: Buffer | undefined): string {
	const value: unknown = text && JSON.parse(text.toString());
	return typeof value === "string" ? value : "";
}
