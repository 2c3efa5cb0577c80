/** Calls that upstreams hold: their table, and how they are asked for. */

export interface CallTables {
	realtime_call: { id: string; owner: string; upstream: string; model: string | null; created_at: number };
}

export interface CallRecord {
	/** The upstream's. */
	readonly id: string;
	readonly owner: string;
	readonly upstream: string;
	/** As its client named it; undefined if it named none. */
	readonly model: string | undefined;
}

export interface CallStore {
	/** Notes whose a call is, and where. If the id is known already, the first record is kept. @throws StoreError `full` */
	add(call: CallRecord): Promise<void>;
	find(id: string): Promise<CallRecord | undefined>;
}
