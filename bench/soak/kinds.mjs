/**
 * The kinds of request a soak mixes: what each sends, what the client does to it, and which ends of it
 * are in order. Whatever else happens is unexplained and fails the soak.
 */
import { chatBody, imageBody } from "../load/chatRequest.mjs";

/** @typedef {import("./exchange.mjs").Ending} Ending */
/** @typedef {'answered' | 'refused' | 'failed' | 'cut' | 'cancelled'} Outcome */

/**
 * @typedef {object} Kind
 * @property {number} weight how often it is drawn
 * @property {(number: number, random: () => number) => Plan} plan
 * @property {(ending: Ending, isGateway: boolean) => Outcome | undefined} explain undefined if it should not have ended so
 *
 * @typedef {object} Plan
 * @property {string} [body] without one it is GET /v1/models
 * @property {number} [stream] the number its frames must carry
 * @property {number} [leaveAfterMs]
 * @property {number} [leaveAfterFrames]
 * @property {boolean} [halfBody] sends half of the body, then leaves
 */

const OVERSIZED = 2 * 2 ** 20;
export const MAX_BODY = 2 ** 20;
const STREAM = "bench-stream-5-40";
const LEFT = "bench-left";

/** @param {string} model */
const plain = (model) => () => ({ body: chatBody({ model }) });

/** @param {string} model @param {number} number */
const streamed = (model, number) => ({
	body: chatBody({ model, stream: true, user: `s${number}` }),
	stream: number,
});

/** @param {Ending} ending @returns {Outcome | undefined} */
const answered = ({ status, isComplete }) => (isComplete && status === 200 ? "answered" : undefined);
/** @param {Ending} ending @returns {Outcome | undefined} */
const cancelled = ({ hasLeft }) => (hasLeft ? "cancelled" : undefined);
/** @param {number} wanted @returns {(ending: Ending) => Outcome | undefined} */
const failedWith = (wanted) => (ending) =>
	ending.isComplete && ending.status === wanted && ending.isErrorBody ? "failed" : undefined;
/** @param {Ending} ending @returns {Outcome | undefined} */
const badGateway = ({ status, isComplete }) => (isComplete && status === 502 ? "failed" : undefined);

/** @type {Record<string, Kind>} */
export const KINDS = {
	whole: { weight: 30, plan: plain("bench-whole"), explain: answered },
	"whole, slow host": { weight: 6, plan: plain("bench-slow-40"), explain: answered },
	models: { weight: 4, plan: () => ({}), explain: answered },
	streamed: {
		weight: 25,
		plan: (number) => streamed(STREAM, number),
		explain: (ending) => (ending.seen?.isWhole && isUnbroken(ending) ? "answered" : undefined),
	},
	"aborted before headers": {
		weight: 7,
		plan: (_, random) => ({ ...plain(LEFT)(), leaveAfterMs: 60 + random() * 90 }),
		explain: cancelled,
	},
	"aborted in mid-stream": {
		weight: 10,
		plan: (number, random) => ({
			...streamed(LEFT, number),
			leaveAfterFrames: 1 + Math.floor(random() * 20),
		}),
		explain: (ending) => (ending.hasLeft && isUnbroken(ending) ? "cancelled" : undefined),
	},
	"aborted in upload": {
		weight: 3,
		plan: () => ({ body: chatBody({ model: "bench-whole", bytes: 50_000 }), halfBody: true }),
		explain: cancelled,
	},
	"upstream 500": { weight: 4, plan: plain("bench-fail-500"), explain: failedWith(500) },
	"upstream 429": { weight: 2, plan: plain("bench-fail-429"), explain: failedWith(429) },
	"upstream cuts the stream": {
		weight: 4,
		plan: (number) => streamed("bench-cut-3-8", number),
		explain: cutVisibly,
	},
	"upstream sends garbage": { weight: 2, plan: plain("bench-garbage"), explain: badGateway },
	"upstream sends broken JSON": {
		weight: 2,
		plan: plain("bench-badjson"),
		explain: (ending) => answered(ending) ?? badGateway(ending),
	},
	oversized: {
		weight: 2,
		plan: () => ({ body: imageBody("bench-whole", OVERSIZED) }),
		explain: (ending, isGateway) => (isGateway ? refusedWith(413, ending) : answered(ending)),
	},
	"invalid temperature": {
		weight: 2,
		plan: () => ({ body: JSON.stringify({ ...JSON.parse(chatBody({ model: "bench-whole" })), temperature: 9 }) }),
		explain: (ending, isGateway) => (isGateway ? refusedWith(400, ending) : answered(ending)),
	},
};

/**
 * A cut stream must not look whole: a gateway says so in a last event, a plain proxy cuts as well.
 * @param {Ending} ending
 * @param {boolean} isGateway
 * @returns {Outcome | undefined}
 */
function cutVisibly({ seen, isComplete }, isGateway) {
	if (!seen || seen.isWhole) return undefined;
	return (isGateway ? seen.hasError : seen.hasError || !isComplete) ? "cut" : undefined;
}

/**
 * Answered with the status; an oversized upload may instead see the connection closed on it.
 * @param {number} status
 * @param {Ending} ending
 * @returns {Outcome | undefined}
 */
function refusedWith(status, ending) {
	if (ending.status === status) return "refused";
	const isClosedOn = status === 413 && /EPIPE|ECONNRESET/.test(ending.error ?? "");
	return isClosedOn ? "refused" : undefined;
}

/** @param {Ending} ending */
function isUnbroken({ seen }) {
	return seen?.lost === 0 && seen.reordered === 0 && seen.foreign === 0;
}

const TOTAL_WEIGHT = Object.values(KINDS).reduce((sum, { weight }) => sum + weight, 0);

/** @param {() => number} random */
export function drawKind(random) {
	let rest = random() * TOTAL_WEIGHT;
	for (const [name, kind] of Object.entries(KINDS)) {
		rest -= kind.weight;
		if (rest < 0) return { name, kind };
	}
	throw new Error("weights do not add up");
}

/**
 * Repeatable randomness (mulberry32), so that a soak can be run again as it was.
 * @param {number} seed
 */
export function seeded(seed) {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}
