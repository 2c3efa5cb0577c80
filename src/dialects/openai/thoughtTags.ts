/** Reasoning that a model's server leaves in the text, between tags at its beginning: `<think>…</think>`. */

export interface ThoughtTags {
	/** Names of tags, any of which may stand around it. */
	readonly tags: readonly string[];
	/** The model's template has put the opening tag into the prompt, so that answers begin with reasoning. */
	readonly isOpened: boolean;
}

/** What a piece of text turns out to say. */
export interface SplitText {
	readonly reasoning: string;
	readonly content: string;
}

/**
 * Follows the text of one choice, in pieces that may be cut anywhere. Reasoning is looked for at the beginning alone: a tag
 * that is named later is text.
 */
export class ThoughtText {
	readonly #opening: readonly string[];
	#closing: readonly string[];
	readonly #isOpened: boolean;
	#state: "beginning" | "inside" | "after" | "over" = "beginning";
	/** What may be a part of a tag, or white space beside one. */
	#held = "";
	#hasReasoned = false;

	constructor({ tags, isOpened }: ThoughtTags) {
		this.#opening = tags.map((tag) => `<${tag}>`);
		this.#closing = tags.map((tag) => `</${tag}>`);
		this.#isOpened = isOpened;
	}

	/** All that follows is text. */
	get isOver(): boolean {
		return this.#state === "over";
	}

	/** The server tells the reasoning apart itself. */
	stop(): void {
		this.#state = "over";
	}

	push(text: string): SplitText {
		this.#held += text;
		let reasoning = "";
		if (this.#state === "beginning") this.#begin();
		if (this.#state === "inside") reasoning = this.#takeReasoning();
		if (this.#state === "after") this.#skipSpace();
		return { reasoning, content: this.#state === "over" ? this.#takeHeld() : "" };
	}

	/** No more of it comes, or something else comes first. */
	flush(): SplitText {
		const isInside = this.#state === "inside";
		const held = this.#takeHeld();
		if (this.#state === "beginning" && this.#isOpened) this.#state = "inside";
		else if (!isInside && held !== "") this.#state = "over";
		if (this.#state === "after") return { reasoning: "", content: "" };
		return isInside ? { reasoning: held.trimEnd(), content: "" } : { reasoning: "", content: held };
	}

	#takeHeld(): string {
		const held = this.#held;
		this.#held = "";
		return held;
	}

	#begin(): void {
		const said = this.#held.trimStart();
		const place = this.#opening.findIndex((tag) => said.startsWith(tag));
		if (place !== -1) {
			this.#held = said.slice((this.#opening[place] as string).length);
			this.#closing = [this.#closing[place] as string];
			this.#state = "inside";
		} else if (!this.#opening.some((tag) => tag.startsWith(said))) {
			this.#state = this.#isOpened ? "inside" : "over";
		}
	}

	#takeReasoning(): string {
		const found = this.#closing
			.map((tag) => ({ tag, at: this.#held.indexOf(tag) }))
			.filter(({ at }) => at !== -1)
			.sort((one, other) => one.at - other.at)[0];
		if (found === undefined) return this.#shown(this.#takeCertain());
		const reasoning = this.#held.slice(0, found.at).trimEnd();
		this.#held = this.#held.slice(found.at + found.tag.length);
		this.#state = "after";
		return this.#shown(reasoning);
	}

	/** All but what may be the beginning of the closing tag, and white space before it. */
	#takeCertain(): string {
		const held = this.#held;
		const last = held.lastIndexOf("<");
		const rest = last === -1 ? "" : held.slice(last);
		const isTag = rest !== "" && this.#closing.some((tag) => tag.startsWith(rest));
		const certain = held.slice(0, isTag ? last : undefined).trimEnd();
		this.#held = held.slice(certain.length);
		return certain;
	}

	/** White space at its beginning belongs to the tag. */
	#shown(reasoning: string): string {
		const shown = this.#hasReasoned ? reasoning : reasoning.trimStart();
		this.#hasReasoned ||= shown !== "";
		return shown;
	}

	#skipSpace(): void {
		this.#held = this.#held.trimStart();
		if (this.#held !== "") this.#state = "over";
	}
}
