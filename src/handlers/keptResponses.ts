/** Responses that the gateway keeps for whoever has asked for them, whole and as streams. */
import { GatewayError } from "../errors/gatewayError.js";
import type { Exchange } from "../exchange/exchange.js";
import { parseObject } from "../json/parseObject.js";
import type { GatewayServices } from "../middleware/link.js";
import type { AnswerLog } from "../replay/answerLog.js";
import { isEventStream } from "../replay/eventIds.js";
import { callerHash, nameHash } from "../replay/repeatable.js";
import { SequenceSeeker } from "../replay/responseEvents.js";
import { endOfEvent, eventData, hasCarriageReturn } from "../streaming/eventFraming.js";
import { noBytes } from "../streaming/piece.js";
import type { ResponseStream } from "../streaming/responseStream.js";

type Json = Record<string, unknown>;

/** @returns undefined if none is kept. @throws GatewayError 400 for events of a response that was no stream */
export async function keptResponse(
	{ replays, settings }: GatewayServices,
	exchange: Exchange,
	id: string,
): Promise<ResponseStream | Json | undefined> {
	const log = settings.answerAgeMs > 0 ? await replays.named(nameHash(callerHash(exchange), id)) : undefined;
	if (log === undefined) return undefined;
	const { stream, starting_after: after } = exchange.query;
	if (stream !== true) return current(log);
	await log.until(() => log.head !== undefined);
	if (log.head === undefined || !isEventStream(log.head)) throw notStreamed();
	const answer = log.read(new SequenceSeeker(typeof after === "number" ? after : -1));
	answer.dialect = exchange.operation?.dialect;
	return answer.started;
}

/** Whether one is kept that was no response in the background. */
export async function isKept({ replays, settings }: GatewayServices, exchange: Exchange, id: string): Promise<boolean> {
	return settings.answerAgeMs > 0 && (await replays.named(nameHash(callerHash(exchange), id))) !== undefined;
}

/** The response as far as it has come. */
async function current(log: AnswerLog): Promise<Json | undefined> {
	await log.until(() => log.head !== undefined);
	const isStream = log.head !== undefined && isEventStream(log.head);
	if (!isStream || log.isGiven) await log.until(() => false);
	if (!isStream) return parseObject(Buffer.concat(log.parts.map((part) => part ?? noBytes)).toString());
	await log.until(() => latestIn(log.parts) !== undefined);
	return latestIn(log.parts);
}

/** What the last event that has the response says of it. */
function latestIn(parts: readonly (Buffer | undefined)[]): Json | undefined {
	for (let part = parts.length - 1; part >= 0; part -= 1) {
		const bytes = parts[part];
		if (bytes?.includes('"response":') !== true) continue;
		const hasCr = hasCarriageReturn(bytes);
		let latest: Json | undefined;
		for (let at = 0; at < bytes.length; ) {
			const end = endOfEvent(bytes, at, hasCr);
			const { response } = parseObject(eventData(bytes, at, end, hasCr) ?? "") ?? {};
			if (typeof response === "object" && response !== null) latest = response as Json;
			at = end;
		}
		if (latest !== undefined) return latest;
	}
	return undefined;
}

export function noSuchResponse(id: string): GatewayError {
	return new GatewayError(404, `There is no response with the id "${id}", or it is not kept any more.`, {
		code: "response_not_found",
		param: "response_id",
	});
}

function notStreamed(): GatewayError {
	return new GatewayError(400, "This response was not asked for as a stream, so it has no events.", {
		code: "response_not_streamed",
		param: "stream",
	});
}
