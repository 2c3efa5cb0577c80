/** Metrics on their way to a collector. */

export interface MetricsExport {
	/** Sends what is left, within a time limit. */
	close(): Promise<void>;
}
