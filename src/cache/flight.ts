/** One request at the upstream for equal ones that come at the same time: all get the answer that is under way. */
import { clientGone, type GatewayError } from "../errors/gatewayError.js";
import type { Afterlife, Exchange } from "../exchange/exchange.js";
import type { AnswerLog } from "../replay/answerLog.js";
import { isLost, lost } from "../replay/failure.js";
import { Lead } from "../replay/lead.js";
import type { ResponseStream } from "../streaming/responseStream.js";

/** How long an answer goes on whose client has left, if a repetition of the request may come. */
const graceMs = 10_000;

/** Leads: others get the answer that this exchange has made. */
export function leadFlight(exchange: Exchange, log: AnswerLog): Lead {
	const { afterlife } = exchange;
	const lead = new Lead(exchange, log, afterlife === undefined ? 0 : graceMs);
	exchange.afterlife = together(afterlife, {
		get isShared() {
			return lead.isShared;
		},
		leave: () => lead.leave(),
		fail: (error) => lead.fail(failureForOthers(error)),
	});
	return lead;
}

/** An answer goes on for as long as either wants it. */
function together(one: Afterlife | undefined, other: Afterlife): Afterlife {
	if (one === undefined) return other;
	return {
		get isShared() {
			return one.isShared || other.isShared;
		},
		leave(isHeadSent) {
			const goesOn = [one.leave(isHeadSent), other.leave(isHeadSent)];
			return goesOn.includes(true);
		},
		fail(error) {
			one.fail(error);
			other.fail(error);
		},
	};
}

/** An upstream's failure is everybody's; a refusal by a limit, or that a client has gone, is one client's own. */
function failureForOthers(error: GatewayError | undefined): GatewayError {
	return error !== undefined && error.status >= 500 && !isLost(error) ? error : lost();
}

/**
 * Follows: waits until it is certain that there is an answer.
 *
 * @param isLastTry takes a failure, too
 * @returns undefined if the request has to be made anew
 * @throws GatewayError if the client has gone, or of the last try its failure
 */
export async function followFlight(
	exchange: Exchange,
	log: AnswerLog,
	isLastTry: boolean,
): Promise<ResponseStream | undefined> {
	const answer = log.read();
	// If the client leaves, it is cancelled.
	exchange.answer = answer;
	if (exchange.isClosed) answer.cancel(clientGone());
	try {
		await answer.started;
		if (answer.status < 400 || isLastTry) return answer;
		answer.cancel(clientGone());
		await ended(log);
	} catch (failure) {
		if (exchange.isClosed || (isLastTry && !isLost(failure))) throw failure;
	}
	exchange.answer = undefined;
	return undefined;
}

function ended(log: AnswerLog): Promise<void> {
	return new Promise((resolve) => {
		if (log.ending !== undefined) resolve();
		else log.listeners.push({ ended: () => resolve() });
	});
}
