/** Requests to judge texts and pictures, and the judgements, whichever dialect they come in. */

/** OpenAI's categories. */
export const moderationCategories = [
	"harassment",
	"harassment/threatening",
	"hate",
	"hate/threatening",
	"illicit",
	"illicit/violent",
	"self-harm",
	"self-harm/intent",
	"self-harm/instructions",
	"sexual",
	"sexual/minors",
	"violence",
	"violence/graphic",
] as const;

export interface ModerationRequest {
	readonly model: string | undefined;
	/** Each is judged by itself. */
	readonly inputs: readonly ModerationInput[];
}

/** Texts and the URLs of pictures, judged together. */
export interface ModerationInput {
	readonly texts: readonly string[];
	readonly pictures: readonly string[];
}

export interface Judgement {
	readonly isFlagged: boolean;
	/** From 0 to 1, by category: OpenAI's, and those for which it has no word. */
	readonly scores: Readonly<Record<string, number>>;
}

export interface ModerationResponse {
	readonly id: string | undefined;
	readonly model: string | undefined;
	/** In the order of the inputs. */
	readonly judgements: readonly Judgement[];
	/** The upstream's own usage object, where it has one. */
	readonly usage: Readonly<Record<string, unknown>> | undefined;
}
