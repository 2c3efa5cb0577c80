/** The tables of batches. */
import type { Generated } from "kysely";

export interface BatchTables {
	batch: {
		sequence: Generated<number>;
		id: string;
		owner: string;
		kind: string;
		endpoint: string;
		status: string;
		is_cancelling: number;
		/** JSON; null if there is none. */
		metadata: string | null;
		/** The one that runs it; null for the gateway itself. */
		upstream: string | null;
		/** JSON: what the upstream has last said of it. */
		snapshot: string | null;
		input_file: string | null;
		output_file: string | null;
		error_file: string | null;
		completion_window: string;
		/** JSON; null if it is not one. */
		model: string | null;
		/** Seconds since the epoch, as `expires_at` and the moments. */
		created_at: number;
		expires_at: number;
		/** JSON: seconds by moment. */
		moments: string;
		/** JSON. */
		faults: string;
		/** JSON; null if nobody's. */
		key_name: string | null;
		team: string | null;
		/** Of those that upstreams run. */
		key_id: string | null;
		organisation: string | null;
		is_accounted: number;
		/** JSON; empty when it is over. */
		task: string;
		total: number;
		completed: number;
		failed: number;
		input_tokens: number;
		cached_tokens: number;
		output_tokens: number;
		reasoning_tokens: number;
		holder: string;
		/** Milliseconds since the epoch, as `ended_at`. Null when it is over. */
		lease_until: number | null;
		ended_at: number | null;
	};
	batch_line: {
		batch: number;
		number: number;
		/** JSON. */
		custom_id: string;
		/** JSON. */
		request: string;
	};
	/** A table of its own, so that an answer is added and nothing is changed. */
	batch_answer: {
		batch: number;
		number: number;
		is_failed: number;
		status: number;
		request_id: string;
		/** JSON. */
		body: string;
	};
}
