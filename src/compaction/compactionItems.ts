/** Compaction items of the gateway's own: a sealed summary, which stands for what came before it. */
import type { Json } from "../dialects/dialect.js";
import { isSeal, type Seals } from "../dialects/seals.js";
import { GatewayError } from "../errors/gatewayError.js";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import { newId } from "../store/newId.js";

export interface Compacted {
	readonly summary: string;
	/** Items as they were, before the summary and after it. */
	readonly before: readonly unknown[];
	readonly after: readonly unknown[];
	/** It stands for all that comes before the item. Else only for what was left out beside it. */
	readonly isWhole: boolean;
}

export interface OpenedInput {
	readonly items: readonly unknown[];
	/** Those among them that hold summaries. */
	readonly summaries: ReadonlySet<unknown>;
}

/** Only the owner whose conversation it is can have it opened. */
export function compactionItem({ summary, before, after, isWhole }: Compacted, owner: string, seals: Seals): Json {
	const content = JSON.stringify({ s: summary, b: before, a: after, w: isWhole });
	return { id: newId("cmp_", 24), type: "compaction", encrypted_content: seals.seal(content, boundTo(owner)) };
}

function boundTo(owner: string): string {
	return `compaction\n${owner}`;
}

/** A compaction item that a gateway has made, as far as one can see. */
export function isOwnCompaction(item: unknown): item is Json {
	return isObject(item) && item.type === "compaction" && isSeal(item.encrypted_content);
}

/**
 * The items with what the gateway's own compaction items stand for in their place. Those of vendors stay.
 *
 * @throws GatewayError 400 for one that this gateway has not made for this owner, or that was changed
 */
export function openCompactions(items: readonly unknown[], owner: string, seals: Seals): OpenedInput {
	let opened: unknown[] = [];
	const summaries = new Set<unknown>();
	for (const [index, item] of items.entries()) {
		if (!isOwnCompaction(item)) {
			opened.push(item);
			continue;
		}
		const { summary, before, after, isWhole } = open(item, index, owner, seals);
		const message = summaryMessage(summary);
		summaries.add(message);
		if (isWhole) opened = [...before];
		opened.push(message, ...after);
	}
	return { items: opened, summaries };
}

function open({ encrypted_content: sealed }: Json, index: number, owner: string, seals: Seals): Compacted {
	const opened = seals.open(String(sealed), boundTo(owner));
	const {
		s: summary,
		b: before,
		a: after,
		w: isWhole,
	} = (opened.kind === "open" ? parseObject(opened.content.toString()) : undefined) ?? {};
	if (typeof summary !== "string") throw notVerified(index);
	const list = (value: unknown) => (Array.isArray(value) ? (value as unknown[]) : []);
	return { summary, before: list(before), after: list(after), isWhole: isWhole === true };
}

function notVerified(index: number): GatewayError {
	const message =
		"The encrypted content of a compaction item could not be verified: it was changed, or made by another gateway or for another owner.";
	return new GatewayError(400, message, { code: "invalid_encrypted_content", param: `input[${index}]` });
}

const heading = "The conversation up to here has been replaced by this summary of it:";

export function summaryMessage(summary: string): Json {
	return { type: "message", role: "user", content: [{ type: "input_text", text: `${heading}\n\n${summary}` }] };
}
