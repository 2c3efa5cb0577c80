/** A version compiled for rendering: its templates are parsed once, since a version never changes. */
import { GatewayError } from "../errors/gatewayError.js";
import type { PromptContent, PromptMessage } from "./promptContent.js";
import { fillTemplate, readTemplate, type Template, TemplateError } from "./template.js";

export interface CompiledPrompt {
	readonly variables: PromptContent["variables"];
	/** Where each placeholder's name first occurs: `messages[0].content`. */
	readonly places: ReadonlyMap<string, string>;
	/** @returns new messages, which the caller may change */
	messages(values: ReadonlyMap<string, string>): PromptMessage[];
	/** @returns a new copy, which the caller may change */
	parameters(): Record<string, unknown>;
	/** @returns the texts' total length in characters with these values, without rendering them */
	characters(values: ReadonlyMap<string, string>): number;
}

type Render = (values: ReadonlyMap<string, string>) => unknown;

/** @throws GatewayError 400 that names the place of an invalid placeholder */
export function compilePrompt({ messages, variables, parameters }: PromptContent): CompiledPrompt {
	const texts = new TextStatistics();
	const renders = messages.map((message, index) => compileMessage(message, `messages[${index}]`, texts));
	return {
		variables,
		places: texts.places,
		messages: (values) => renders.map((render) => render(values) as PromptMessage),
		parameters: () => structuredClone(parameters),
		characters: (values) => texts.characters(values),
	};
}

/** Placeholders are filled in content only, not in names, roles and ids. */
function compileMessage(message: PromptMessage, place: string, texts: TextStatistics): Render {
	return compileMembers(Object.entries(message), (name, member) =>
		name === "content" ? compileValue(member, `${place}.content`, texts) : () => structuredClone(member),
	);
}

function compileMembers(members: [string, unknown][], compile: (name: string, member: unknown) => Render): Render {
	const renders = members.map(([name, member]): [string, Render] => [name, compile(name, member)]);
	return (values) => Object.fromEntries(renders.map(([name, render]) => [name, render(values)]));
}

function compileValue(value: unknown, place: string, texts: TextStatistics): Render {
	if (typeof value === "string") return compileText(value, place, texts);
	if (Array.isArray(value)) {
		const renders = value.map((item, index) => compileValue(item, `${place}[${index}]`, texts));
		return (values) => renders.map((render) => render(values));
	}
	if (typeof value !== "object" || value === null) return () => value;
	return compileMembers(Object.entries(value), (name, member) =>
		// A value must not change a part's type.
		name === "type" ? () => member : compileValue(member, `${place}.${name}`, texts),
	);
}

function compileText(text: string, place: string, texts: TextStatistics): Render {
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

/** Placeholders and lengths over all texts of a prompt. */
class TextStatistics {
	readonly places = new Map<string, string>();
	readonly #useCounts = new Map<string, number>();
	#literalLength = 0;

	add({ literals, names }: Template, place: string): void {
		for (const literal of literals) this.#literalLength += literal.length;
		for (const name of names) {
			this.#useCounts.set(name, (this.#useCounts.get(name) ?? 0) + 1);
			if (!this.places.has(name)) this.places.set(name, place);
		}
	}

	characters(values: ReadonlyMap<string, string>): number {
		let sum = this.#literalLength;
		for (const [name, uses] of this.#useCounts) sum += uses * (values.get(name)?.length ?? 0);
		return sum;
	}
}
