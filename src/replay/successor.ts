/** A request that follows an answer, and can go on with it should the worker that gives it be no more. */
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Afterlife, Exchange } from "../exchange/exchange.js";
import { drain } from "../streaming/drain.js";
import type { ResponseStream } from "../streaming/responseStream.js";
import type { GivenPart } from "./answerFile.js";
import type { AnswerLog } from "./answerLog.js";
import type { Ask } from "./ask.js";
import { lastNumberIn, numberEvents } from "./eventIds.js";
import { Lead } from "./lead.js";

export interface Successor {
	readonly ask: Ask;
	/** It has tried, and can't make any other call. */
	readonly hasTried: boolean;
	/**
	 * Has an upstream asked for what follows the part that was given.
	 *
	 * @param begin called when it has begun to come; returns the log that it goes to
	 * @returns whether it has begun; resolves then, or when it is sure that nothing will come
	 */
	goOn(id: string, part: GivenPart, begin: () => AnswerLog): Promise<boolean>;
}

export interface SuccessorOptions {
	/** Makes the call. */
	readonly next: () => Promise<unknown>;
	readonly graceMs: number;
	/** The stream's events have ids, also if none has come yet. */
	readonly hasIds: boolean;
}

export function successorOf(
	{ state: { exchange } }: { readonly state: { readonly exchange: Exchange } },
	ask: Ask,
	{ next, graceMs, hasIds }: SuccessorOptions,
): Successor {
	let hasTried = false;
	return {
		ask,
		get hasTried() {
			return hasTried;
		},
		async goOn(id, part, begin) {
			if (exchange.isClosed || hasTried) return false;
			hasTried = true;
			const answer = await callFor(exchange, part, next);
			const last = lastNumberIn(part.body, id) ?? (hasIds && part.body.length === 0 ? 0 : undefined);
			if (last !== undefined) answer.transforms.push(numberEvents(id, last));
			return begun(exchange, answer, () => new Lead(exchange, begin(), graceMs));
		},
	};
}

/** Its own client goes on to be sent what it is sent. @returns what follows the part */
async function callFor(
	exchange: Exchange,
	{ head, body }: GivenPart,
	next: () => Promise<unknown>,
): Promise<ResponseStream> {
	const sent = exchange.answer;
	exchange.given = { head, body };
	exchange.answer = undefined;
	try {
		await next();
		if (exchange.answer === undefined) throw new Error("something else has answered");
		return exchange.answer;
	} finally {
		exchange.answer = sent;
	}
}

/** Resolves with whether something follows, once that has begun to come. */
function begun(exchange: Exchange, answer: ResponseStream, createLead: () => Lead): Promise<boolean> {
	return new Promise((resolve) => {
		let lead: Lead | undefined;
		const take = () => {
			if (lead !== undefined) return;
			lead = createLead();
			lead.record(answer);
			// From now on this request pays for it.
			exchange.isReplay = false;
			exchange.afterlife = afterlifeOf(exchange, lead);
			resolve(true);
		};
		answer.observers.push({
			chunk: take,
			end(failure: GatewayError | undefined) {
				if (failure === undefined) take();
				else resolve(false);
			},
		});
		exchange.onClose(() => {
			if (answer.isUnderWay) answer.cancel(clientGone());
		});
		drain(answer);
	});
}

/** Its client follows the answer like others: it isn't sent it by the call itself. */
function afterlifeOf(exchange: Exchange, lead: Lead): Afterlife {
	return {
		isShared: false,
		leave() {
			if (exchange.answer?.isUnderWay) exchange.answer.cancel(clientGone());
			return lead.leave();
		},
		fail: () => {},
	};
}
