/** The primary's part: a collector that can't be reached is complained of once for all workers, until it is there again. */

/** Worker → primary: traces can't be sent for this reason; without one, they can be sent again. */
export interface TracesReport {
	readonly type: "traces";
	readonly failure: string | undefined;
}

/** One worker's place. */
export interface FailureSeat {
	receive(report: TracesReport): void;
	leave(): void;
}

export function createExportFailures(complain: (line: string) => void): { join(): FailureSeat } {
	const failing = new Set<FailureSeat>();
	return {
		join() {
			const seat: FailureSeat = {
				receive({ failure }) {
					if (failure === undefined) failing.delete(seat);
					else {
						if (failing.size === 0) complain(`traces can't be sent: ${failure}`);
						failing.add(seat);
					}
				},
				leave: () => void failing.delete(seat),
			};
			return seat;
		},
	};
}
