/** The items of a response of OpenAI's: as they are streamed, and whole. */
import type { Bytes } from "./framing.js";
import type { AnswerHead, Piece } from "./wire.js";

type Head = Pick<AnswerHead, "id" | "signature">;
type Emit = (type: string, more: object) => Bytes;

interface Item {
	readonly key: string;
	readonly type: "reasoning" | "message" | "function_call";
	readonly id: string;
	readonly call: { readonly call_id: string; readonly name: string } | undefined;
	text: string;
}

/** Neighbors of one kind are one item. */
export function itemsOf(pieces: readonly Piece[], { id, signature }: Head): object[] {
	const items: Item[] = [];
	for (const piece of pieces) {
		const key = keyOf(piece);
		if (items.at(-1)?.key !== key) items.push(itemFor(piece, key, `${id}_${items.length}`));
		const last = items.at(-1);
		if (last !== undefined && piece.kind !== "call") last.text += piece.text;
	}
	return items.map((item) => whole(item, signature));
}

/** The items of a stream, one after the other. */
export function createItems({ id, signature }: Head, emit: Emit) {
	let item: Item | undefined;
	let count = 0;
	const close = (): Bytes[] => {
		if (item === undefined) return [];
		const ended = endEvents(item, { outputIndex: count - 1, signature }, emit);
		item = undefined;
		return ended;
	};
	return {
		close,
		add(piece: Piece): Bytes[] {
			const key = keyOf(piece);
			const events: Bytes[] = [];
			if (item?.key !== key) {
				events.push(...close());
				item = itemFor(piece, key, `${id}_${count}`);
				count += 1;
				events.push(...beginEvents(item, count - 1, emit));
			}
			if (item === undefined || piece.kind === "call") return events;
			item.text += piece.text;
			return [...events, deltaEvent(item, count - 1, piece.text, emit)];
		},
	};
}

function keyOf(piece: Piece): string {
	return piece.kind === "call" || piece.kind === "arguments" ? `call ${piece.index}` : piece.kind;
}

function itemFor(piece: Piece, key: string, id: string): Item {
	if (piece.kind === "reasoning") return { key, type: "reasoning", id: `rs_${id}`, call: undefined, text: "" };
	if (piece.kind === "call")
		return { key, type: "function_call", id: `fc_${id}`, call: { call_id: piece.id, name: piece.name }, text: "" };
	return { key, type: "message", id: `msg_${id}`, call: undefined, text: "" };
}

function whole({ type, id, call, text }: Item, signature: string | undefined): object {
	const status = "completed";
	if (type === "reasoning")
		return { id, type, summary: [{ type: "summary_text", text }], encrypted_content: signature ?? null };
	if (type === "function_call") return { id, type, status, ...call, arguments: text };
	return { id, type, status, role: "assistant", content: [{ ...textPart, text }] };
}

const textPart = { type: "output_text", annotations: [], logprobs: [], text: "" };
const summaryPart = { type: "summary_text", text: "" };

function beginEvents(item: Item, output_index: number, emit: Emit): Bytes[] {
	const { type, id, call } = item;
	const added = (begun: object) => emit("response.output_item.added", { output_index, item: { id, type, ...begun } });
	const place = { item_id: id, output_index };
	if (type === "reasoning")
		return [
			added({ summary: [] }),
			emit("response.reasoning_summary_part.added", { ...place, summary_index: 0, part: summaryPart }),
		];
	if (type === "function_call") return [added({ status: "in_progress", ...call, arguments: "" })];
	return [
		added({ status: "in_progress", role: "assistant", content: [] }),
		emit("response.content_part.added", { ...place, content_index: 0, part: textPart }),
	];
}

function deltaEvent({ type, id }: Item, output_index: number, delta: string, emit: Emit): Bytes {
	const place = { item_id: id, output_index };
	if (type === "reasoning") return emit("response.reasoning_summary_text.delta", { ...place, summary_index: 0, delta });
	if (type === "function_call") return emit("response.function_call_arguments.delta", { ...place, delta });
	return emit("response.output_text.delta", { ...place, content_index: 0, delta, logprobs: [] });
}

function endEvents(
	item: Item,
	{ outputIndex: output_index, signature }: { outputIndex: number; signature: string | undefined },
	emit: Emit,
): Bytes[] {
	const { type, id, text } = item;
	const place = { item_id: id, output_index };
	const done = emit.bind(undefined, "response.output_item.done", { output_index, item: whole(item, signature) });
	if (type === "reasoning")
		return [
			emit("response.reasoning_summary_text.done", { ...place, summary_index: 0, text }),
			emit("response.reasoning_summary_part.done", { ...place, summary_index: 0, part: { ...summaryPart, text } }),
			done(),
		];
	if (type === "function_call")
		return [
			emit("response.function_call_arguments.done", { ...place, name: item.call?.name, arguments: text }),
			done(),
		];
	return [
		emit("response.output_text.done", { ...place, content_index: 0, text, logprobs: [] }),
		emit("response.content_part.done", { ...place, content_index: 0, part: { ...textPart, text } }),
		done(),
	];
}
