/** A version made ready for rendering: its texts are read once, since a version never changes. */
import { GatewayError } from "../errors/gatewayError.js";
import type { PromptContent, PromptMessage } from "./promptContent.js";
import { fillTemplate, readTemplate, type Template, TemplateError } from "./template.js";

export interface CompiledPrompt {
	readonly variables: PromptContent["variables"];
	/** The first place of each name that occurs: `messages[0].content`. */
	readonly places: ReadonlyMap<string, string>;
	/** Fresh messages; what is done to them does no harm to the next ones. */
	messages(values: ReadonlyMap<string, string>): PromptMessage[];
	/** A fresh copy. */
	parameters(): Record<string, unknown>;
	/** Characters that the texts have with these values, known before anything is put together. */
	characters(values: ReadonlyMap<string, string>): number;
}

type Render = (values: ReadonlyMap<string, string>) => unknown;

/** @throws GatewayError 400 that names the place where braces are no placeholder. */
export function compilePrompt({ messages, variables, parameters }: PromptContent): CompiledPrompt {
	const texts = new Texts();
	const renders = messages.map((message, index) => compileMessage(message, `messages[${index}]`, texts));
	return {
		variables,
		places: texts.places,
		messages: (values) => renders.map((render) => render(values) as PromptMessage),
		parameters: () => structuredClone(parameters),
		characters: (values) => texts.characters(values),
	};
}

/** Only content has placeholders: names, roles and ids are the author's. */
function compileMessage(message: PromptMessage, place: string, texts: Texts): Render {
	return compileMembers(Object.entries(message), (name, member) =>
		name === "content" ? compileValue(member, `${place}.content`, texts) : () => structuredClone(member),
	);
}

function compileMembers(members: [string, unknown][], compile: (name: string, member: unknown) => Render): Render {
	const renders = members.map(([name, member]): [string, Render] => [name, compile(name, member)]);
	return (values) => Object.fromEntries(renders.map(([name, render]) => [name, render(values)]));
}

function compileValue(value: unknown, place: string, texts: Texts): Render {
	if (typeof value === "string") return compileText(value, place, texts);
	if (Array.isArray(value)) {
		const renders = value.map((item, index) => compileValue(item, `${place}[${index}]`, texts));
		return (values) => renders.map((render) => render(values));
	}
	if (typeof value !== "object" || value === null) return () => value;
	return compileMembers(Object.entries(value), (name, member) =>
		// A part's kind is no text: a value must not make another kind of it.
		name === "type" ? () => member : compileValue(member, `${place}.${name}`, texts),
	);
}

function compileText(text: string, place: string, texts: Texts): Render {
	let template: Template;
	try {
		template = readTemplate(text);
	} catch (error) {
		if (!(error instanceof TemplateError)) throw error;
		throw new GatewayError(400, `Invalid value for '${place}': ${error.message}.`, {
			code: "invalid_placeholder",
			param: place,
		});
	}
	texts.add(template, place);
	return (values) => fillTemplate(template, values);
}

/** What all texts of a prompt have in them. */
class Texts {
	readonly places = new Map<string, string>();
	readonly #uses = new Map<string, number>();
	#literal = 0;

	add({ literals, names }: Template, place: string): void {
		for (const literal of literals) this.#literal += literal.length;
		for (const name of names) {
			this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
			if (!this.places.has(name)) this.places.set(name, place);
		}
	}

	characters(values: ReadonlyMap<string, string>): number {
		let sum = this.#literal;
		for (const [name, uses] of this.#uses) sum += uses * (values.get(name)?.length ?? 0);
		return sum;
	}
}
