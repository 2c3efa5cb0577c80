/** The table of answers that are kept for equal requests. */

export interface CacheTables {
	cached_answer: {
		key: string;
		/** JSON, as `key_name` is. */
		model: string;
		key_id: string | null;
		key_name: string | null;
		/** A JSON list. */
		tags: string;
		/** Milliseconds since the epoch. */
		created_at: number;
		expires_at: number;
		bytes: number;
		text: string;
	};
}
