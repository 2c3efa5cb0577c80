/** The tables of responses that can be gone on from. */
import type { Generated } from "kysely";

export interface ResponseTables {
	response: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		model: string;
		status: string;
		/** Seconds since the epoch. */
		created_at: number;
		previous: string | null;
		thread: string;
		conversation: string | null;
		home: string | null;
		input_tokens: number | null;
		output_tokens: number | null;
		request_id: string | null;
	};
	/** A separate table, so that a thread is found by reading a few bytes for each of its turns. */
	response_text: {
		response: number;
		input: string;
		output: string;
		body: string;
		output_at: number;
		request: string | null;
	};
	/** Whose output has an item, for requests that name one by its id. */
	response_item: { owner: string; item: string; response: number };
	/** Positions of removed records, as for completions; and what says that one isn't only on its way. */
	response_removed: { id: string; owner: string; created_at: number; sequence: number; removed_at: number };
}
