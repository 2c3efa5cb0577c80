/** Asks MCP servers for their tools and has them called, each call noted where operators look. */
import { createHash } from "node:crypto";
import { isObject } from "../json/isObject.js";
import { parseObject } from "../json/parseObject.js";
import type { AllowedServer } from "./allowList.js";
import type { CallEnd } from "./items.js";
import { type CallResult, ServerConnection, ServerFailure, type ServerTool } from "./serverConnection.js";
import type { ToolLists } from "./toolLists.js";

type Json = Record<string, unknown>;

/** What was asked of a server, and what came of it. */
export interface ServerUse {
	readonly operation: "list" | "call";
	readonly server: AllowedServer;
	/** Undefined for a list. */
	readonly tool: string | undefined;
	readonly startedMs: number;
	readonly endedMs: number;
	/** `completed`, `tool_error`, or the kind of a failure. */
	readonly outcome: string;
	/** SHA-256 of the arguments. */
	readonly argumentsHash: string | undefined;
}

export interface RunnerOptions {
	readonly lists: ToolLists;
	readonly maxResultBytes: number;
	/** Aborted when nobody waits any more. */
	readonly signal: AbortSignal;
	note(use: ServerUse): void;
}

export class ToolRunner {
	readonly #options: RunnerOptions;
	readonly #connections = new Map<AllowedServer, ServerConnection>();

	constructor(options: RunnerOptions) {
		this.#options = options;
	}

	/** Those that may be used. @throws ServerFailure */
	async list(server: AllowedServer): Promise<readonly ServerTool[]> {
		const { lists } = this.#options;
		const kept = lists.find(server);
		const all = kept ?? (await this.#noted(server, { operation: "list" }, (connection) => connection.tools()));
		if (kept === undefined) lists.keep(server, all);
		return all.filter((tool) => server.mayUse(tool));
	}

	/** Never rejects, unless nobody waits any more: what goes wrong is the call's error. */
	async call(server: AllowedServer, tool: string, given: string): Promise<CallEnd> {
		const parsed = given.trim() === "" ? {} : parseObject(given);
		if (!isObject(parsed)) return { output: undefined, error: "The arguments are no JSON object." };
		const argumentsHash = createHash("sha256").update(given).digest("hex");
		const use = { operation: "call", tool, argumentsHash } as const;
		try {
			const { text, isError } = await this.#noted(server, use, (connection) => connection.call(tool, parsed as Json));
			return isError ? { output: undefined, error: text } : { output: text, error: undefined };
		} catch (error) {
			if (this.#options.signal.aborted || !(error instanceof ServerFailure)) throw error;
			return { output: undefined, error: error.message };
		}
	}

	close(): void {
		for (const connection of this.#connections.values()) connection.close();
		this.#connections.clear();
	}

	async #noted<T extends CallResult | readonly ServerTool[]>(
		server: AllowedServer,
		use: { operation: ServerUse["operation"]; tool?: string; argumentsHash?: string },
		ask: (connection: ServerConnection) => Promise<T>,
	): Promise<T> {
		const startedMs = performance.now();
		const { operation, tool, argumentsHash } = use;
		const end = (outcome: string) =>
			this.#options.note({ operation, server, tool, argumentsHash, startedMs, endedMs: performance.now(), outcome });
		try {
			const result = await ask(this.#connectionTo(server));
			end("isError" in result && result.isError ? "tool_error" : "completed");
			return result;
		} catch (error) {
			end(this.#options.signal.aborted ? "cancelled" : error instanceof ServerFailure ? error.kind : "protocol");
			throw error;
		}
	}

	#connectionTo(server: AllowedServer): ServerConnection {
		const known = this.#connections.get(server);
		if (known !== undefined) return known;
		const { maxResultBytes, signal } = this.#options;
		const made = new ServerConnection(server, maxResultBytes, signal);
		this.#connections.set(server, made);
		return made;
	}
}
