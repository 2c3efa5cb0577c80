/** The response in the background, in the words of the Responses API, where no upstream has said anything yet or ever will. */
import { failedEvent } from "../dialects/openaiResponses/errors.js";
import { openaiResponses } from "../dialects/openaiResponses/index.js";
import { repeatedIn, responseBase } from "../dialects/openaiResponses/response.js";
import { eventBytes } from "../dialects/openaiResponses/wireBytes.js";
import type { GatewayError } from "../errors/gatewayError.js";
import { cancelled } from "../responses/failures.js";

type Json = Record<string, unknown>;

export interface Begun {
	readonly id: string;
	/** Seconds since the epoch. */
	readonly createdAt: number;
	/** The request's body. */
	readonly json: Json;
	readonly requestId: string;
	readonly model: string;
}

export function queuedResponse({ id, createdAt, json, requestId, model }: Begun): Json {
	const base = responseBase(createdAt, { requestId, created: createdAt, model, wantsUsage: true });
	return { ...base, ...repeatedIn(json), id, status: "queued", background: true, store: true };
}

/** @param response as far as it was known */
export function failedResponse(response: Json, error: GatewayError): Json {
	const { response: failed } = failedEvent(error, { number: 0, response });
	return failed as Json;
}

export function cancelledResponse(response: Json): Json {
	return { ...response, status: "cancelled", error: null, incomplete_details: null, usage: null };
}

/** The first events: what is known before anybody generates it. */
export function firstEvents(queued: Json): Buffer {
	return Buffer.concat(
		["response.created", "response.queued"].map((type, number) =>
			eventBytes({ type, sequence_number: number, response: queued }),
		),
	);
}

/** The events of a response that is over, made from it, where those that were sent are kept no more. */
export function eventsOf(response: Json): Buffer {
	const whole = openaiResponses.stream?.wholeAsStream?.(Buffer.from(JSON.stringify(response)));
	if (whole !== undefined) return whole;
	const error = response.status === "cancelled" ? cancelled() : undefined;
	const last =
		error === undefined ? { type: "response.failed", response } : failedEvent(error, { number: 2, response });
	const begun = { ...response, status: "queued", output: [], error: null };
	return Buffer.concat([firstEvents(begun), eventBytes({ ...last, sequence_number: 2 })]);
}
