/** Writes a refusal in the words of a wire format. */
import { joined } from "../wires/framing.js";
import type { Question, WireFormat } from "../wires/wire.js";
import type { Refusal } from "./refusals.js";

export interface RefusalBytes {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string | Buffer;
}

/** @param question undefined for one that could not be read */
export function refusalBytes({ error, plain, headers }: Refusal, wire: WireFormat, question?: Question): RefusalBytes {
	if (plain !== undefined || error === undefined) {
		const { status = 500, contentType, body = "" } = plain ?? {};
		return { status, headers: contentType === undefined ? {} : { "content-type": contentType }, body };
	}
	const answer = wire.error(error, question);
	// Some vendors answer with an ordinary answer that says no.
	if (answer.status === 200 && question?.isStreamed) {
		const framing = wire.framing(question, JSON.stringify);
		const body = joined([framing.event(answer.body), framing.last]);
		return { status: 200, headers: { "content-type": framing.contentType }, body };
	}
	return {
		status: answer.status,
		headers: { "content-type": "application/json", ...headers, ...answer.headers },
		body: JSON.stringify(answer.body),
	};
}
