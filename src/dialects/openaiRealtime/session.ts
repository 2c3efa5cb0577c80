/** What the gateway reads of the frames of OpenAI's realtime sessions, and the errors that it says in their words. */
import { randomBytes } from "node:crypto";
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import type { Json, SessionFormat } from "../dialect.js";

/** The type stands at the beginning of an event, or soon after it. */
const headBytes = 256;
const ofUsage = Buffer.from('"usage"');
const ofUpdate = Buffer.from('"session.update"');
const ofCreated = Buffer.from('"session.created"');
const ofModel = Buffer.from('"model"');

/** Events that report the tokens of one response, or of one transcript. */
const reporting = ["response.done", "conversation.item.input_audio_transcription.completed"];

const statusOfCode: ReadonlyMap<unknown, number> = new Map<unknown, number>([
	["model_not_found", 404],
	["invalid_api_key", 401],
	["insufficient_quota", 429],
	["rate_limit_exceeded", 429],
]);

export const session: SessionFormat = {
	usageIn(frame) {
		const head = frame.toString("latin1", 0, headBytes);
		if (!reporting.some((type) => head.includes(type)) || !frame.includes(ofUsage)) return undefined;
		const event = parseObject(frame.toString());
		if (event === undefined || !reporting.includes(String(event.type))) return undefined;
		const usage = isObject(event.response) ? event.response.usage : event.usage;
		return isObject(usage) && usage.type !== "duration" ? usage : undefined;
	},

	modelIn(frame) {
		if (!frame.subarray(0, headBytes).includes(ofCreated)) return undefined;
		const event = parseObject(frame.toString());
		const named = event?.type === "session.created" && isObject(event.session) ? event.session.model : undefined;
		return typeof named === "string" ? named : undefined;
	},

	refusalIn(frame) {
		const event = parseObject(frame.toString());
		if (event?.type !== "error" || !isObject(event.error)) return undefined;
		const { code, type } = event.error;
		const status = statusOfCode.get(code) ?? statusOfCode.get(type) ?? (type === "invalid_request_error" ? 400 : 502);
		return { status, error: event.error };
	},

	renamed(frame, model) {
		if (!frame.subarray(0, headBytes).includes(ofUpdate) || !frame.includes(ofModel)) return frame;
		const event = parseObject(frame.toString());
		if (event?.type !== "session.update" || !isObject(event.session)) return frame;
		const named = event.session.model;
		if (typeof named !== "string" || named === model) return frame;
		return Buffer.from(JSON.stringify({ ...event, session: { ...event.session, model } } satisfies Json));
	},

	errorFrame(error) {
		const { type, code, message, param } = error.envelope().error;
		const words = { type: error.status >= 500 ? "server_error" : type, code, message, param, event_id: null };
		return Buffer.from(
			JSON.stringify({ type: "error", event_id: `event_${randomBytes(12).toString("hex")}`, error: words }),
		);
	},
};
