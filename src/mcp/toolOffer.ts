/** MCP tools as functions that a model is offered, and the way back from a function's name to its tool. */
import { createHash } from "node:crypto";
import { isObject } from "../json/isObject.js";
import type { AllowedServer } from "./allowList.js";
import { isMcpTool } from "./requestedTools.js";
import type { ServerTool } from "./serverConnection.js";

type Json = Record<string, unknown>;

export interface OfferedTool {
	readonly server: AllowedServer;
	readonly tool: ServerTool;
	/** As the model knows it. */
	readonly functionName: string;
}

/** A server and the tools of it that are offered. */
export interface ServerOffer {
	readonly server: AllowedServer;
	readonly tools: readonly ServerTool[];
}

/** All models' hosts take such names. */
const fit = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const maxName = 64;

export class ToolOffer {
	readonly #byFunction = new Map<string, OfferedTool>();
	readonly #byTool = new Map<string, OfferedTool>();

	/** @param given the request's tools, whose own functions keep their names */
	constructor(given: readonly unknown[], offers: readonly ServerOffer[]) {
		const taken = new Set(
			given.flatMap((tool) => (isObject(tool) && typeof tool.name === "string" ? [tool.name] : [])),
		);
		for (const { server, tools } of offers)
			for (const tool of tools) {
				if (this.#byTool.has(placeOf(server.label, tool.name))) continue;
				const functionName = freeName(server.label, tool.name, taken);
				taken.add(functionName);
				const offered = { server, tool, functionName };
				this.#byFunction.set(functionName, offered);
				this.#byTool.set(placeOf(server.label, tool.name), offered);
			}
	}

	get all(): readonly OfferedTool[] {
		return [...this.#byFunction.values()];
	}

	/** @returns undefined for a function of the client's own */
	byFunction(name: unknown): OfferedTool | undefined {
		return typeof name === "string" ? this.#byFunction.get(name) : undefined;
	}

	byTool(label: unknown, name: unknown): OfferedTool | undefined {
		return this.#byTool.get(placeOf(label, name));
	}

	/** What the model knows a tool by, also one that is offered no more. */
	functionName(label: unknown, name: unknown): string {
		return this.byTool(label, name)?.functionName ?? freeName(String(label), String(name), new Set());
	}

	/** The request's tools as the model is offered them, each server's in the place of its entry. */
	tools(given: readonly unknown[]): unknown[] {
		return given.flatMap((tool) => (isMcpTool(tool) ? this.#functionsOf(tool.server_label) : [tool]));
	}

	#functionsOf(label: unknown): Json[] {
		return this.all.filter(({ server }) => server.label === label).map(functionOf);
	}

	/** A choice that names MCP tools, in the words of functions. */
	choice(given: unknown): unknown {
		if (!isObject(given)) return given;
		if (given.type === "allowed_tools" && Array.isArray(given.tools))
			return {
				...given,
				tools: given.tools.flatMap((tool: unknown) => (isMcpTool(tool) ? this.#named(tool) : [tool])),
			};
		if (!isMcpTool(given)) return given;
		const named = this.#named(given);
		const [only] = named;
		if (only === undefined) return "auto";
		return named.length === 1 ? only : { type: "allowed_tools", mode: "required", tools: named };
	}

	#named({ server_label: label, name }: Json): Json[] {
		return this.all
			.filter(({ server, tool }) => server.label === label && ((name ?? undefined) === undefined || tool.name === name))
			.map(({ functionName }) => ({ type: "function", name: functionName }));
	}
}

function functionOf({ tool, functionName }: OfferedTool): Json {
	const { description, inputSchema } = tool;
	return {
		type: "function",
		name: functionName,
		...(description === undefined ? {} : { description }),
		// Some hosts refuse an object without it.
		parameters: { properties: {}, ...inputSchema },
		strict: false,
	};
}

function placeOf(label: unknown, name: unknown): string {
	return JSON.stringify([label, name]);
}

/** The tool's own name if that will do, else with its server's, and else with a number that is always the same. */
function freeName(label: string, name: string, taken: ReadonlySet<string>): string {
	if (fit.test(name) && !taken.has(name)) return name;
	const plain = `${label}_${name}`.replace(/[^A-Za-z0-9_-]/g, "_");
	if (fit.test(plain) && !taken.has(plain) && plain === `${label}_${name}`) return plain;
	const mark = createHash("sha256").update(placeOf(label, name)).digest("hex");
	for (let length = 8; ; length += 1) {
		const marked = `${plain.slice(0, maxName - 1 - length)}_${mark.slice(0, length)}`;
		if (!taken.has(marked)) return marked;
	}
}
