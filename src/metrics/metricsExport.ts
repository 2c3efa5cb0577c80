/** Metrics on their way to a collector. */

export interface MetricsExport {
	/** Sends the last of it, for as long as that takes within a bound. */
	close(): Promise<void>;
}
