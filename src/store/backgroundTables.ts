/** The tables of responses in the background, and of what webhooks are told of them. */

export interface BackgroundTables {
	background_response: {
		id: string;
		owner: string;
		status: string;
		created_at: number;
		/** JSON. */
		response: string;
		/** JSON; empty when it is over. */
		task: string;
		is_followed: number;
		restarts: number;
		holder: string;
		/** Milliseconds since the epoch, as all times but `created_at`. Null when it is over. */
		lease_until: number | null;
		ended_at: number | null;
	};
	webhook_delivery: {
		id: string;
		endpoint: string;
		event_id: string;
		type: string;
		subject: string;
		created_at: number;
		state: string;
		attempts: number;
		/** Null when it is over. */
		next_at: number | null;
		/** JSON. */
		last_result: string | null;
	};
}
