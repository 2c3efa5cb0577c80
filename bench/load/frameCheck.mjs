/** Reads a chat completion stream and proves it whole: each frame there once, in order, of this stream. */

const MARK = '"content":" ';

/**
 * @param {number} stream the number asked for with `user: "s…"`
 */
export function createFrameCheck(stream) {
	let text = "";
	const seen = { frames: 0, lost: 0, reordered: 0, foreign: 0, isWhole: false, hasError: false };
	let expected = 1;

	/** @param {string} event one SSE event without its blank line */
	function accept(event) {
		if (event === "data: [DONE]") {
			seen.isWhole = expected === Number.POSITIVE_INFINITY;
			return;
		}
		const at = event.indexOf(MARK);
		if (at < 0) {
			seen.hasError ||= event.includes('"error"');
			return;
		}
		const mark = event.slice(at + MARK.length, event.indexOf('"', at + MARK.length));
		const [owner, number = ""] = mark.split(".");
		if (Number(owner) !== stream) seen.foreign++;
		else if (number.startsWith("end")) finish(Number(number.slice(3)));
		else count(Number(number));
	}

	/** @param {number} number */
	function count(number) {
		seen.frames++;
		if (number > expected) seen.lost += number - expected;
		if (number < expected) seen.reordered++;
		expected = Math.max(expected, number + 1);
	}

	/** @param {number} sent frames the upstream says it sent */
	function finish(sent) {
		seen.lost += Math.max(0, sent - (expected - 1));
		expected = Number.POSITIVE_INFINITY;
	}

	return {
		seen,
		/** @param {string} piece the body's next characters */
		feed(piece) {
			text += piece;
			let from = 0;
			for (let stop = text.indexOf("\n\n"); stop >= 0; stop = text.indexOf("\n\n", from)) {
				accept(text.slice(from, stop));
				from = stop + 2;
			}
			text = text.slice(from);
		},
	};
}
