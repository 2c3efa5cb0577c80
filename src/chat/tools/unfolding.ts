/**
 * Tools as an upstream's API takes them. Custom tools become functions with one text; tools of a namespace get flat names;
 * names and ids that would be refused get others. What the model then calls is folded back.
 */
import type { ChatRequest, Message, Part, Tool, ToolCall, ToolChoice, ToolResult } from "../request.js";
import { customArguments, customParameters } from "./customInput.js";
import { fitText, fitUnique, type Taken, type TextForm, usualName } from "./fitting.js";

/** What an API takes of tools. */
export interface ToolForms {
	/** Without it, what most take. */
	readonly name?: TextForm;
	/** Ids of calls; any where nothing is said. */
	readonly id?: TextForm;
	/** It has custom tools of its own. */
	readonly hasCustom?: boolean;
}

/** What the client knows a tool by. */
export interface KnownTool {
	readonly namespace: string | undefined;
	readonly name: string;
	readonly isCustom: boolean;
}

/** One request's tools. */
export interface UnfoldedTools {
	/** The request with its tools, choice and history as the upstream takes them. */
	readonly request: ChatRequest;
	/** Tools by the names that the upstream knows them by, if either differs; undefined if none does. */
	readonly known: ReadonlyMap<string, KnownTool> | undefined;
}

export function unfoldTools(request: ChatRequest, forms: ToolForms): UnfoldedTools {
	const names = new Names(request.tools, forms);
	const ids = new Ids(forms.id);
	const tools = request.tools.map((tool) => names.unfold(tool));
	const messages = sameOr(request.messages, (message) => unfoldMessage(message, names, ids));
	const toolChoice = unfoldChoice(request.toolChoice, names);
	return { request: { ...request, tools, toolChoice, messages }, known: names.known };
}

/** The flat name of a tool that may be one of a namespace. */
function flatName({ namespace, name }: Pick<Tool, "namespace" | "name">): string {
	return namespace === undefined ? name : `${namespace}__${name}`;
}

class Names {
	readonly #form: TextForm;
	readonly #unfoldsCustom: boolean;
	/** By the tool's namespace and name. */
	readonly #names = new Map<string, string>();
	readonly #known = new Map<string, KnownTool>();

	constructor(tools: readonly Tool[], { name: form = usualName, hasCustom = false }: ToolForms) {
		this.#form = form;
		this.#unfoldsCustom = !hasCustom;
		const taken: Taken = new Map();
		// A tool whose own name fits keeps it, wherever it stands.
		for (const isFit of [true, false])
			for (const tool of tools)
				if ((tool.namespace === undefined && this.#isFit(tool.name)) === isFit) this.#add(tool, taken);
	}

	get known(): ReadonlyMap<string, KnownTool> | undefined {
		return this.#known.size === 0 ? undefined : this.#known;
	}

	#isFit(name: string): boolean {
		return fitText(name, this.#form) === name;
	}

	#add(tool: Tool, taken: Taken): void {
		const key = keyOf(tool);
		if (this.#names.has(key) || isVendors(tool)) return;
		const { namespace, name, custom } = tool;
		const fitted = fitUnique(flatName(tool) || "tool", this.#form, taken);
		this.#names.set(key, fitted);
		const isCustom = custom !== undefined && this.#unfoldsCustom;
		if (isCustom || fitted !== name || namespace !== undefined) this.#known.set(fitted, { namespace, name, isCustom });
	}

	/** The name that the upstream is told, also of a tool that is in the history alone. */
	of(tool: Pick<Tool, "namespace" | "name">): string {
		return this.#names.get(keyOf(tool)) ?? fitText(flatName(tool) || "tool", this.#form);
	}

	isUnfolded({ callType }: ToolCall): boolean {
		return callType === "custom" && this.#unfoldsCustom;
	}

	unfold(tool: Tool): Tool {
		if (isVendors(tool)) return tool;
		const name = this.of(tool);
		if (tool.custom !== undefined && this.#unfoldsCustom) {
			const { description, custom, cache } = tool;
			const { definition } = custom.grammar ?? {};
			// A grammar can't be enforced, but it can be read.
			const texts = [description, definition && `The input must follow this grammar:\n${definition}`];
			return {
				name,
				description: texts.filter((text) => text).join("\n\n") || undefined,
				parameters: customParameters(tool.name),
				...(cache === undefined ? {} : { cache }),
			};
		}
		if (tool.namespace === undefined && name === tool.name) return tool;
		const { namespace: _namespace, opaque: _opaque, ...rest } = tool;
		return { ...rest, name };
	}
}

/** A tool that only its vendor can run. */
export function isVendors({ opaque, custom, parameters, namespace }: Tool): boolean {
	return opaque !== undefined && custom === undefined && parameters === undefined && namespace === undefined;
}

function keyOf({ namespace = "", name }: Pick<Tool, "namespace" | "name">): string {
	return `${namespace}\n${name}`;
}

function unfoldChoice(choice: ToolChoice | undefined, names: Names): ToolChoice | undefined {
	return choice?.type === "tool" ? { type: "tool", name: names.of(choice) } : choice;
}

/** Ids of calls: in a form that is taken, and each only once, since some upstreams count anew in each answer. */
class Ids {
	readonly #form: TextForm | undefined;
	readonly #taken: Taken = new Map();
	/** Those of calls that wait for their result, and the last one, by the id that the client knows. */
	readonly #calls = new Map<string, { readonly open: string[]; last: string }>();

	constructor(form: TextForm | undefined) {
		this.#form = form;
	}

	ofCall(id: string): string {
		const form = this.#form ?? { refused: /(?!)/g, maxLength: Number.MAX_SAFE_INTEGER };
		const fitted = fitUnique(id || "call_0", form, this.#taken);
		const calls = this.#calls.get(id);
		if (calls === undefined) this.#calls.set(id, { open: [fitted], last: fitted });
		else {
			calls.open.push(fitted);
			calls.last = fitted;
		}
		return fitted;
	}

	ofResult(id: string): string {
		const calls = this.#calls.get(id);
		if (calls !== undefined) return calls.open.shift() ?? calls.last;
		return this.#form === undefined ? id : fitText(id || "call_0", this.#form);
	}
}

function unfoldMessage(message: Message, names: Names, ids: Ids): Message {
	const parts = sameOr(message.parts, (part) => unfoldPart(part, names, ids));
	return parts === message.parts ? message : { ...message, parts };
}

function unfoldPart(part: Part, names: Names, ids: Ids): Part {
	if (part.type === "tool_call") return unfoldCall(part, names, ids);
	return part.type === "tool_result" ? unfoldResult(part, ids) : part;
}

function unfoldCall(call: ToolCall, names: Names, ids: Ids): ToolCall {
	const name = names.of(call);
	const id = ids.ofCall(call.id);
	const isUnfolded = names.isUnfolded(call);
	if (name === call.name && id === call.id && call.namespace === undefined && !isUnfolded) return call;
	const { namespace: _namespace, ...rest } = call;
	return isUnfolded
		? { ...rest, name, id, callType: "function", arguments: customArguments(call.arguments) }
		: { ...rest, name, id };
}

function unfoldResult(result: ToolResult, ids: Ids): ToolResult {
	const id = ids.ofResult(result.id);
	return id === result.id ? result : { ...result, id };
}

/** The very same list where nothing in it becomes something else. */
function sameOr<Item>(list: readonly Item[], become: (item: Item) => Item): readonly Item[] {
	let changed: Item[] | undefined;
	for (const [at, item] of list.entries()) {
		const other = become(item);
		if (other !== item) changed ??= list.slice(0, at);
		changed?.push(other);
	}
	return changed ?? list;
}
