/** Ends a stream that says more than its limits have left, as one whose length was limited. */

import { lengthOf } from "../chat/event.js";
import { tokensOfPieces } from "../chat/tokenCounts.js";
import { PieceReader } from "../dialects/answerReader.js";
import type { StreamFormat } from "../dialects/dialect.js";
import { tokensOf } from "../dialects/usageCounts.js";
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { noBytes, type Piece, unread } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { Attempt } from "../upstream/attempt.js";
import { requestedChoices } from "../upstream/routing/choices.js";

export interface Cutting {
	readonly exchange: Exchange;
	readonly answer: ResponseStream;
	/** Tokens of the prompt, for the usage that a client asks for. */
	readonly input: number;
	/** Tokens of the answer that are reserved. */
	readonly reserved: number;
	/** That is all that was asked for: no more is to be expected. */
	readonly isAllReserved: boolean;
	/** When it is cut, whatever it has said, in milliseconds since the epoch. */
	readonly timeEndsAt?: number | undefined;
	/** Reserves this many tokens more, if possible. */
	extend(tokens: number): Promise<boolean>;
	/** The stream is cut. */
	told(): void;
}

/** Asked for before what is reserved is used up, so that the stream needn't wait. */
const marginTokens = 16;
/** Asked for at a time; less where a limit has only that left. */
const stepTokens = 128;
const leastStepTokens = 8;

const dataName = Buffer.from("data:");

/** A piece that has come, with the tokens of output before it and up to its end. */
interface HeldPiece {
	readonly piece: Piece;
	readonly start: number;
	readonly end: number;
}

/** To be called before the answer's first byte is taken. */
export function cutAtLimit(cutting: Cutting): void {
	const { answer, exchange, extend, told } = cutting;
	let { reserved } = cutting;
	let step = stepTokens;
	/** The upstream sends more than it was asked for. */
	let isBeyond = !cutting.isAllReserved;
	let asking: Promise<void> | undefined;
	let isUsedUp = false;
	let isPaused = false;
	let isCut = false;
	let id: string | undefined;
	const format = exchange.operation?.dialect?.stream;
	const cutter = format?.cutter?.();
	const own = answer.isByPlugin && format !== undefined ? new PieceCounter(format) : undefined;
	const output = () => outputOf(exchange) + (own?.tokens ?? 0);
	let saidBefore = 0;
	/** Begins beyond what is reserved: many pieces may come before that is answered. */
	let held: HeldPiece[] = [];

	const cut = () => {
		isCut = true;
		told();
		answer.endEarly(new GatewayError(499, "A limit is used up.", { code: "limit_reached" }));
	};
	const ask = async () => {
		let isGranted = false;
		try {
			isGranted = await extend(step);
		} catch {
			// Where nobody can say what is left any more, nothing is.
			step = leastStepTokens;
		}
		asking = undefined;
		if (isGranted) reserved += step;
		else if (step > leastStepTokens) step = Math.max(leastStepTokens, step >> 1);
		else isUsedUp = true;
	};
	const answered = () => {
		if (isPaused) answer.resume();
		isPaused = false;
		follow();
	};
	const follow = () => {
		if (isCut || !answer.isUnderWay) return;
		const said = output();
		isBeyond ||= said > reserved;
		if (!isBeyond) return;
		if (isUsedUp && said >= reserved) {
			cut();
			return;
		}
		if (!isUsedUp && asking === undefined && said + marginTokens > reserved) {
			asking = ask();
			void asking.then(answered);
		}
		// Output beyond the reservation waits for the reply.
		if (asking === undefined || said <= reserved) return;
		isPaused = true;
		answer.pause();
	};
	/** Passes output that begins within the reservation, and pieces without output. */
	const mayPass = ({ start, end }: HeldPiece) => start < reserved || end <= reserved;
	const passing = (): Buffer => {
		const first = held.findIndex((each) => !mayPass(each));
		const passed = first === -1 ? held : held.slice(0, first);
		held = first === -1 ? [] : held.slice(first);
		for (const { piece } of passed) cutter?.note(piece);
		return Buffer.concat(passed.map(({ piece }) => piece.bytes));
	};
	/** The upstream ended before the reservation for all of it was decided. */
	const decide = async (): Promise<Buffer> => {
		while (!isUsedUp && !held.every(mayPass)) {
			asking ??= ask();
			await asking;
		}
		const passed = passing();
		if (held.length === 0) return passed;
		told();
		return Buffer.concat([passed, closing(cutting, id, { format: cutter ?? format, output: output() })]);
	};

	if (cutting.timeEndsAt !== undefined)
		cutInTime(exchange, cutting.timeEndsAt, () => isCut || !answer.isUnderWay || cut());

	answer.transforms.push({
		push(piece) {
			if (isCut) return undefined;
			id ??= idIn(piece);
			own?.add(piece);
			// In the next turn: what has come now is still to be sent.
			queueMicrotask(follow);
			const said = output();
			// Output that came before the answer was taken is counted already, as a whole.
			const end = answer.heldBytes > 0 ? Math.min(said, saidBefore + shareOf(piece, exchange, said)) : said;
			const next = { piece, start: saidBefore, end };
			saidBefore = end;
			if (held.length === 0 && mayPass(next)) {
				cutter?.note(piece);
				return piece;
			}
			held.push(next);
			return unread(passing());
		},
		end() {
			if (isCut)
				return Buffer.concat([passing(), closing(cutting, id, { format: cutter ?? format, output: output() })]);
			return held.length === 0 ? noBytes : decide();
		},
	});
}

/** Longer times are no timers. */
const longestTimerMs = 2 ** 31 - 1;

function cutInTime(exchange: Exchange, endsAt: number, cut: () => unknown): void {
	const restMs = endsAt - Date.now();
	if (restMs > longestTimerMs) return;
	const timer = setTimeout(cut, Math.max(0, restMs));
	exchange.onClose(() => clearTimeout(timer));
}

/** Counts the output of a plugin's stream, of which no attempt knows. */
class PieceCounter {
	readonly #reader: PieceReader;
	#pieces = 0;
	#textLength = 0;

	constructor(format: StreamFormat) {
		this.#reader = new PieceReader(format.reader({ needsJson: true }));
	}

	/** About as many as an upstream would count. */
	get tokens(): number {
		return tokensOfPieces(this.#pieces, this.#textLength);
	}

	add(piece: Piece): void {
		this.#reader.read(piece, {
			events: (events) => {
				const length = events.reduce((sum, event) => sum + lengthOf(event), 0);
				if (length > 0) this.#pieces += 1;
				this.#textLength += length;
			},
		});
	}
}

/** Output tokens of all attempts: a client pays for those that broke as well. */
function outputOf({ attempts }: Exchange): number {
	return attempts.reduce((sum, attempt) => sum + saidBy(attempt), 0);
}

/** The likely share of these events in all output, in tokens. */
function shareOf({ bytes }: Piece, { attempts }: Exchange, said: number): number {
	let events = 0;
	for (let at = bytes.indexOf(dataName); at >= 0; at = bytes.indexOf(dataName, at + dataName.length)) events += 1;
	const pieces = attempts.reduce((sum, attempt) => sum + (attempt.events?.pieces ?? 0), 0);
	return pieces === 0 ? said : (events * said) / pieces;
}

/** Some upstreams report usage with each piece. */
function saidBy({ events, outputEstimate }: Attempt): number {
	const reported = events === undefined ? undefined : tokensOf(events.usage);
	return reported === undefined ? outputEstimate : reported.output + (events?.piecesSinceUsage ?? 0);
}

/** All chunks of an answer have the same. */
function idIn({ bytes }: Piece): string | undefined {
	return /"id"\s*:\s*"([^"\\]+)"/.exec(bytes.toString("latin1"))?.[1];
}

/** The end of an answer whose length was limited, in the words of the client's dialect. */
function closing(
	{ exchange, input, answer }: Cutting,
	id: string | undefined,
	{ format, output }: { format: Pick<StreamFormat, "cut"> | undefined; output: number },
): Buffer {
	const { body, operation, attempts, receivedAt } = exchange;
	const json = body?.json ?? {};
	const options = json.stream_options as { include_usage?: unknown } | null | undefined;
	const isUsageAsked = options?.include_usage === true || operation?.dialect?.stream?.asksForUsage === false;
	const end = format?.cut({
		id,
		requestId: exchange.id,
		created: Math.floor(receivedAt / 1000),
		model: attempts.findLast(({ model }) => model !== undefined)?.model ?? json.model,
		choices: requestedChoices(json),
		usage: isUsageAsked ? { input, output } : undefined,
	});
	return Buffer.concat([Buffer.from(answer.isMidEvent ? "\n\n" : ""), end ?? noBytes]);
}
