/** Responses in the background that others go on from, or whose items are wanted: they are kept once they are answered. */
import { GatewayError } from "../errors/gatewayError.js";
import { notFinished, previousUnanswered } from "../responses/failures.js";
import { type BackgroundRecord, isUnfinished } from "../store/backgroundTypes.js";
import type { Background } from "./background.js";

/**
 * For a response that is not among those that are kept.
 *
 * @returns whether it is one in the background that is answered, so that it is kept by now
 * @throws GatewayError 400 for one that is under way, or has ended without an answer
 */
export async function isAnswered(background: Background, owner: string, id: string): Promise<boolean> {
	const record = background.isOne(id) ? await background.find(owner, id) : undefined;
	if (record === undefined) return false;
	const { status } = record;
	if (isUnfinished(record)) throw notFinished(id, status);
	if (status === "cancelled" || status === "failed") throw previousUnanswered(id, status);
	return true;
}

/** Its items are wanted. */
export function itemsNotKept(record: BackgroundRecord): GatewayError {
	const { id, status } = record;
	if (!isUnfinished(record)) {
		const message = `The items of the response "${id}" are not kept: its status is ${status}.`;
		return new GatewayError(400, message, { code: "response_items_not_kept", param: "response_id" });
	}
	const message = `The items of the response "${id}" can be listed once it is completed: its status is ${status}.`;
	return new GatewayError(400, message, { code: "response_not_finished", param: "response_id" });
}
