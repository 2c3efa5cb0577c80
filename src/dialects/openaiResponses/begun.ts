/** A response whose stream has begun, and that a writer goes on with. */
import type { Json } from "../dialect.js";

export type TextKind = "text" | "refusal" | "reasoning";

/** A response that somebody else has begun to send. */
export interface BegunResponse {
	/** Of the next event. */
	readonly number: number;
	/** As it was said to be when it began. */
	readonly base: Json | undefined;
	/** Items in order, those that are open among them. */
	readonly output: readonly Json[];
	readonly open: ReadonlyMap<number, BegunItem>;
}

/** An item that has not been said to be done. */
export interface BegunItem {
	readonly item: Json;
	/** Parts of it that are. */
	readonly parts: Json[];
	/** Its last part; `isSaid` once the event with all of its text has been sent. */
	part: { readonly kind: TextKind; readonly place: number; text: string; isSaid: boolean } | undefined;
	/** A call's arguments, or a custom tool's input. */
	text: string;
	/** The event with all of them has been sent. */
	isSaid: boolean;
}
