/** Streams of Anthropic's Messages: their form, a whole answer as one, and the end of one that a limit has cut. */
import { isObject } from "../../json/isObject.js";
import { parseObject } from "../../json/parseObject.js";
import { sseBytes } from "../../streaming/eventFraming.js";
import type { Piece } from "../../streaming/piece.js";
import type { CutEnding, Json, StreamCutter, StreamFormat, WireEvent } from "../dialect.js";
import { textIn } from "../openai/choice.js";
import { TextPiece } from "../pieces.js";
import { MessageReader } from "./reader.js";
import { messageId, writeUsage } from "./response.js";
import { SentMessage } from "./sentStream.js";
import { bytesOf, wireEvent } from "./wireEvent.js";

export const terminator = '{"type":"message_stop"}';
const end = sseBytes(terminator, "message_stop");

export const stream: StreamFormat = {
	terminator,
	end,
	isNamed: true,
	asksForUsage: false,
	reader: (options) => new MessageReader(options),
	wholeAsStream,
	cut: (ending) => new MessageCutter().cut(ending),
	cutter: () => new MessageCutter(),
	sent: () => new SentMessage(),
};

function wholeAsStream(body: Buffer): Buffer | undefined {
	const message = parseObject(body.toString().replace(/^\uFEFF/, ""));
	if (message?.type !== "message" || !Array.isArray(message.content) || textIn(message.stop_reason) === "")
		return undefined;
	const { content, stop_reason: reason, stop_sequence: sequence = null, usage, ...rest } = message;
	const begun = { ...rest, content: [], stop_reason: null, stop_sequence: null, usage: { ...writeUsage(undefined) } };
	const counts = isObject(usage) ? usage : writeUsage(undefined);
	const events = [wireEvent({ type: "message_start", message: { ...begun, usage: { ...counts, output_tokens: 0 } } })];
	for (const [index, block] of content.entries()) events.push(...eventsOfBlock(block, index));
	events.push(
		wireEvent({ type: "message_delta", delta: { stop_reason: reason, stop_sequence: sequence }, usage: counts }),
	);
	return Buffer.concat([bytesOf(events), end]);
}

/** A block that is not known comes whole, as its start. */
function eventsOfBlock(block: unknown, index: number): WireEvent[] {
	const given = isObject(block) ? block : {};
	const [begun, deltas] = splitBlock(given);
	return [
		wireEvent({ type: "content_block_start", index, content_block: begun }),
		...deltas.map((delta) => wireEvent({ type: "content_block_delta", index, delta })),
		wireEvent({ type: "content_block_stop", index }),
	];
}

function splitBlock(block: Json): [begun: Json, deltas: Json[]] {
	switch (block.type) {
		case "text": {
			const citations = Array.isArray(block.citations) ? block.citations : [];
			const { citations: _citations, ...rest } = block;
			return [
				{ ...rest, text: "" },
				[
					{ type: "text_delta", text: block.text },
					...citations.map((citation) => ({ type: "citations_delta", citation })),
				],
			];
		}
		case "thinking":
			return [
				{ ...block, thinking: "", signature: "" },
				[
					{ type: "thinking_delta", thinking: block.thinking },
					{ type: "signature_delta", signature: block.signature },
				],
			];
		case "tool_use":
		case "server_tool_use":
			return [{ ...block, input: {} }, [{ type: "input_json_delta", partial_json: JSON.stringify(block.input ?? {}) }]];
		default:
			return [block, []];
	}
}

const blockMark = Buffer.from("content_block_st");
const startMark = Buffer.from("message_start");

/** Follows which block is open, so that a stream can be ended in the middle of one. */
class MessageCutter implements StreamCutter {
	#hasBegun = false;
	#open: number | undefined;

	note(piece: Piece): void {
		if (piece instanceof TextPiece || piece.bytes.length === 0) return;
		const { bytes } = piece;
		if (!this.#hasBegun) this.#hasBegun = bytes.includes(startMark);
		if (!bytes.includes(blockMark)) return;
		for (const line of bytes.toString().split(/\r\n|\r|\n/)) {
			const json =
				line.startsWith("data:") && line.includes("content_block_st") ? parseObject(line.slice(5)) : undefined;
			if (json?.type === "content_block_start" && typeof json.index === "number") this.#open = json.index;
			else if (json?.type === "content_block_stop") this.#open = undefined;
		}
	}

	cut({ id, requestId, model, usage }: CutEnding): Buffer {
		const counts = writeUsage(undefined);
		const total = { ...counts, input_tokens: usage?.input ?? 0, output_tokens: usage?.output ?? 0 };
		const events: WireEvent[] = [];
		if (!this.#hasBegun) {
			const named = { id: id ?? messageId(requestId), type: "message", role: "assistant", model, content: [] };
			const message = { ...named, stop_reason: null, stop_sequence: null, usage: { ...total, output_tokens: 0 } };
			events.push(wireEvent({ type: "message_start", message }));
		}
		if (this.#open !== undefined) events.push(wireEvent({ type: "content_block_stop", index: this.#open }));
		const delta = { stop_reason: "max_tokens", stop_sequence: null };
		events.push(wireEvent({ type: "message_delta", delta, usage: total }));
		return Buffer.concat([bytesOf(events), end]);
	}
}
