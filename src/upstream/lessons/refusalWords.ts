/** How vendors say, in a message for people, which member of a request they refuse. */

export interface Phrase {
	/** Its groups are `name`, one name or several, and perhaps `place`, where the name stands. */
	readonly words: RegExp;
	/** The member is known, and its value is not taken. */
	readonly isOfValue?: boolean;
}

const name = "['\"`]?(?<name>[\\w$.[\\]-]{1,200})['\"`]?";
const quotedName = "['\"`](?<name>[\\w$.[\\]-]{1,200})['\"`]";
const kind = "(?:parameter|argument|option|field|property)";

const phrase = (words: string, isOfValue = false): Phrase => ({ words: new RegExp(words, "gi"), isOfValue });

/** Each is bounded, so that no text takes long. */
export const phrases: readonly Phrase[] = [
	// OpenAI; Azure, which may name several.
	phrase(`(?:unsupported|unknown|unrecognized) ${kind}: ${name}`),
	phrase("unrecognized request arguments? supplied: (?<name>[\\w$.[\\], -]{1,400})"),
	phrase(`unsupported value: ${quotedName} does not support`, true),
	// Anthropic, and whatever is checked by pydantic.
	phrase("(?<name>[\\w$.-]{1,200}): extra (?:inputs are|fields) not permitted"),
	// Fireworks.
	phrase(`extra inputs are not permitted, field: ${quotedName}`),
	// vLLM, which shows its list of errors as Python writes it.
	phrase("'type': 'extra_forbidden', 'loc': \\((?<name>[^)]{1,400})\\)"),
	// Groq.
	phrase("(?:['\"`](?<place>[\\w.]{1,200})['\"`] ?: )?property ['\"`](?<name>[^'\"`]{1,200})['\"`] is unsupported"),
	// Bedrock.
	phrase("(?:#(?<place>[\\w/]{0,200}): )?extraneous key \\[(?<name>[^\\]]{1,200})\\] is not permitted"),
	// Google.
	phrase("unknown name \\\\?\"(?<name>[^\"\\\\]{1,200})\\\\?\"(?: at '(?<place>[^']{1,200})')?"),
	// xAI.
	phrase(`arguments? not supported on this model: ${name}`),
	// xAI, DeepSeek, and others.
	phrase(`does(?: not|n't) support (?:the |this |these )?${kind}s?:? ${name}`),
	phrase(`does(?: not|n't) support the ${quotedName} ${kind}`),
	phrase(`${kind} ${quotedName} is not (?:supported|allowed|permitted)`),
	phrase(`${quotedName}(?: ${kind})? is (?:not supported|unsupported|deprecated|not permitted|not a valid field)`),
	// serde, Go, Cohere.
	phrase(`unknown (?:field|parameter)[:,]? (?:${kind} )?${quotedName}`),
];

/** Ollama, of a model that can't: the wish has as many names as there are dialects. */
export const noReasoning = /does(?: not|n't) support (?:thinking|reasoning)\b/i;
export const wishesForReasoning = [
	"think",
	"thinking",
	"reasoning_effort",
	"reasoning",
	"generationConfig.thinkingConfig",
];

/** Anthropic, Vertex and Bedrock; each value stands in quotes. */
export const refusedBetas = /(?:unexpected value\(s\)|invalid beta flags?:?) (?<values>[^\n]{1,1000})/i;
export const betaName = /[\w-]{1,100}-\d{4}-?\d{2}-?\d{2}/g;

/** Codes, and types of a list's items, of an error that names the member apart. */
export const codesOfMembers = new Set(["unsupported_parameter", "unknown_parameter", "unrecognized_parameter"]);
export const codeOfValues = "unsupported_value";
export const typesOfItems = new Set(["extra_forbidden", "value_error.extra"]);
