/**
 * How many requests begin in one turn of the event loop. Those that begin together go through the chain together
 * (`src/exchange/stages.ts`), and each keeps some tens of kilobytes until it is answered. If hundreds did, the processor's caches
 * would not hold them, and each collection of garbage would copy them all: with 512 connections a request would cost twice as much as
 * with 32. What waits here is little more than its headers.
 */

/** With fewer than eight, the code of a stage would not run often enough in a row. */
const atOnce = 16;

/** Begins what is given to it, in its order: at once, or in one of the next turns of the event loop. */
export function turnstile<Entrant>(begin: (entrant: Entrant) => void): (entrant: Entrant) => void {
	let waiting: Entrant[] = [];
	let begun = 0;
	const turn = () => {
		const due = waiting;
		waiting = due.splice(atOnce);
		begun = due.length;
		if (begun > 0) setImmediate(turn);
		for (const entrant of due) begin(entrant);
	};
	return (entrant) => {
		if (begun >= atOnce) {
			waiting.push(entrant);
			return;
		}
		if (begun === 0) setImmediate(turn);
		begun += 1;
		begin(entrant);
	};
}
