/** The joining of new answers to a broken stream: in chunks of the client's own dialect, or by the neutral model. */
import type { EventConsumer } from "../eventConsumer.js";

type Json = Record<string, unknown>;

export interface NewAnswer {
	/** The target was asked the client's question again, or to go on from the text so far. */
	readonly kind: "restart" | "continuation";
	/** White space at the end of the text so far that the target was not sent. */
	readonly trimmed?: string;
}

export interface Joining {
	/**
	 * The request that makes a target go on from the text so far; undefined if that can't be done correctly.
	 *
	 * @param json the client's request; it is never changed
	 * @param prefill how the target is asked, where it can be
	 */
	continued(
		json: Json,
		prefill: "continue_final_message" | "assistant" | undefined,
	): { readonly json: Json; readonly trimmed: string } | undefined;
	/** @returns who takes what the answer says */
	begin(answer: NewAnswer): EventConsumer;
	/** The bytes to send to the client now. */
	take(): Buffer;
	/** Why the new answer is not the one that broke off; undefined while it is. */
	readonly departed: string | undefined;
	/** The new answer has come to its end. */
	end(): void;
}
