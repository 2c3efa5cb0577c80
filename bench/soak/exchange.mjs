/** One request of a soak: sends it, follows its plan, and reports how it ended. */
import { Agent, request } from "node:http";
import { createFrameCheck } from "../load/frameCheck.mjs";

const TIMEOUT_MS = 30_000;
const ERROR_BODY_CHARACTERS = 300;
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
export const closeConnections = () => agent.destroy();

/**
 * @typedef {object} Ending
 * @property {number} status 0 when no answer began
 * @property {boolean} isComplete the answer came to its end
 * @property {boolean} hasLeft the client went away, as planned
 * @property {boolean} isErrorBody the body is OpenAI's error envelope
 * @property {string} [error] what went wrong on the client's side
 * @property {ReturnType<typeof createFrameCheck>['seen']} [seen] what the stream brought
 */

/**
 * @param {number} port
 * @param {import("./kinds.mjs").Plan} plan
 * @returns {Promise<Ending>}
 */
export async function exchange(port, plan) {
	const ending = await attempt(port, plan);
	const isStale = ending.error === "stale connection"; // closed while idle: any client asks again
	return isStale ? attempt(port, plan) : ending;
}

/**
 * @param {number} port
 * @param {import("./kinds.mjs").Plan} plan
 * @returns {Promise<Ending>}
 */
function attempt(port, plan) {
	return new Promise((resolve) => {
		/** @type {Ending} */
		const ending = { status: 0, isComplete: false, hasLeft: false, isErrorBody: false };
		const outgoing = request({ host: "127.0.0.1", port, agent, ...requestLine(plan) });
		const timer = setTimeout(() => outgoing.destroy(new Error("timed out")), TIMEOUT_MS);
		const leave = () => {
			ending.hasLeft = !ending.isComplete;
			outgoing.destroy();
		};
		const leaveTimer = plan.leaveAfterMs && setTimeout(leave, plan.leaveAfterMs);
		outgoing.on("response", (incoming) => readAnswer(incoming, plan, ending, leave));
		outgoing.on("error", (error) => {
			const code = /** @type {NodeJS.ErrnoException} */ (error).code;
			const isStale = outgoing.reusedSocket && ending.status === 0 && code === "ECONNRESET";
			ending.error ??= isStale && !ending.hasLeft ? "stale connection" : String(code ?? error.message);
		});
		outgoing.on("close", () => {
			clearTimeout(timer);
			if (leaveTimer) clearTimeout(leaveTimer);
			resolve(ending);
		});
		send(outgoing, plan, leave);
	});
}

/** @param {import("./kinds.mjs").Plan} plan */
function requestLine({ body }) {
	if (!body) return { method: "GET", path: "/v1/models" };
	const length = Buffer.byteLength(body);
	const headers = { "content-type": "application/json", "content-length": length };
	return { method: "POST", path: "/v1/chat/completions", headers };
}

/**
 * @param {import("node:http").ClientRequest} outgoing
 * @param {import("./kinds.mjs").Plan} plan
 * @param {() => void} leave
 */
function send(outgoing, { body, halfBody }, leave) {
	if (!halfBody) outgoing.end(body);
	else outgoing.write(body?.slice(0, body.length / 2) ?? "", () => setTimeout(leave, 20));
}

/**
 * @param {import("node:http").IncomingMessage} incoming
 * @param {import("./kinds.mjs").Plan} plan
 * @param {Ending} ending
 * @param {() => void} leave
 */
function readAnswer(incoming, plan, ending, leave) {
	ending.status = incoming.statusCode ?? 0;
	const check = plan.stream === undefined ? undefined : createFrameCheck(plan.stream);
	if (check) ending.seen = check.seen;
	let start = "";
	incoming.setEncoding("utf8");
	incoming.on("data", (text) => {
		if (start.length < ERROR_BODY_CHARACTERS) start += text;
		check?.feed(text);
		const hasEnough = plan.leaveAfterFrames && (check?.seen.frames ?? 0) >= plan.leaveAfterFrames;
		if (hasEnough && !ending.hasLeft) leave();
	});
	incoming.on("end", () => {
		ending.isComplete = incoming.complete;
		ending.isErrorBody = /"error"\s*:\s*\{/.test(start) && /"message"\s*:/.test(start);
	});
	incoming.on("error", (error) => {
		ending.error ??= error.message;
	});
}
