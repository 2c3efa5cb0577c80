/** `llmw models`: what a running gateway knows of the models that it offers, and who says it. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { compilePattern } from "../../settings/pattern.js";
import { administration } from "./keys.js";
import type { Output } from "./output.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;
type Model = components["schemas"]["CatalogueModel"];
type Target = components["schemas"]["CatalogueTarget"];
type Fact = { value: number | boolean; source: string } | undefined;

const head = ["MODEL", "TARGET", "CONTEXT", "OUTPUT", "TAKES", "CAN", "$ INPUT", "$ OUTPUT"];

/**
 * @param words the words after `models`: a name, or a pattern with `*`
 * @throws Problems
 */
export async function models(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const [pattern = "*", ...more] = words;
	if (more.length > 0)
		throw new Problems([{ where: "models", message: `${more[0]}: unexpected argument; see llmw models --help` }]);
	const api = await administration(flags, gatewayUrl, output);
	const { data } = await api.ask<components["schemas"]["CatalogueList"]>("GET", "/admin/models");
	const matches = compilePattern(pattern);
	const found = data.filter(({ id }) => matches(id));
	if (flags.json === "true") for (const model of found) output.print(terminalJson(model));
	else if (found.length === 0) none(words[0], output);
	else printTable(found, output);
}

/** Like a wrong name of a key or a lesson, that of a model is a mistake; that nothing matches a pattern is an answer. */
function none(word: string | undefined, { note }: Output): void {
	if (word === undefined) note("there is no model");
	else if (word.includes("*")) note(`no model matches ${word}`);
	else throw new Problems([{ where: "models", message: `there is no model ${word}; llmw models lists all` }]);
}

function printTable(found: readonly Model[], { print, note }: Output): void {
	print(table([head, ...found.flatMap((model) => model.targets.map((target, at) => row(model, target, at === 0)))]));
	note("known from: c the configuration, u the upstream, p the price list; – is not known; $ for a million tokens");
}

function row({ id }: Model, { upstream, model, known }: Target, isFirst: boolean): string[] {
	return [
		isFirst ? id : "",
		`${upstream}/${model}`,
		cell(known.context_window),
		cell(known.max_output_tokens),
		abilities({ images: known.images, audio: known.audio, video: known.video, files: known.files }),
		abilities({ tools: known.tools, schemas: known.json_schema, reasoning: known.reasoning }),
		cell(known.input_price),
		cell(known.output_price),
	];
}

function cell(fact: Fact): string {
	return fact === undefined ? "–" : `${fact.value} ${initial(fact.source)}`;
}

/** `tools (u), no reasoning (c)` */
function abilities(all: Readonly<Record<string, Fact>>): string {
	const known = Object.entries(all).flatMap(([name, fact]) =>
		fact === undefined ? [] : [`${fact.value ? "" : "no "}${name} (${initial(fact.source)})`],
	);
	return known.length === 0 ? "–" : known.join(", ");
}

function initial(source: string): string {
	return source.slice(0, 1);
}
