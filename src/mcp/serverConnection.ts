/** A connection to one MCP server, for as long as one response takes: Streamable HTTP, or its elder with server-sent events. */
import type { Client } from "@modelcontextprotocol/client";
import { messageOf } from "../errors/problem.js";
import { isObject } from "../json/isObject.js";
import { formatDuration } from "../settings/quantity.js";
import { version } from "../version.js";
import type { AllowedServer } from "./allowList.js";
import { GuardError, guardedFetch } from "./guardedFetch.js";

type Json = Record<string, unknown>;

export interface ServerTool {
	readonly name: string;
	readonly description: string | undefined;
	readonly inputSchema: Json;
	readonly annotations: unknown;
}

export interface CallResult {
	/** What the model is given. */
	readonly text: string;
	/** The tool says that it has failed. */
	readonly isError: boolean;
}

/** What is to be said of a server that didn't do its part. */
export class ServerFailure extends Error {
	/** For metrics: `timeout`, `unreachable`, `refused`, `protocol` or `too_long`. */
	readonly kind: string;

	constructor(kind: string, message: string) {
		super(message);
		this.kind = kind;
	}
}

export class ServerConnection {
	readonly #server: AllowedServer;
	readonly #maxBytes: number;
	readonly #leaving: AbortSignal;
	#connecting: Promise<Client> | undefined;

	/** @param leaving aborted when nobody waits any more */
	constructor(server: AllowedServer, maxBytes: number, leaving: AbortSignal) {
		this.#server = server;
		this.#maxBytes = maxBytes;
		this.#leaving = leaving;
	}

	/** All that it has. @throws ServerFailure */
	async tools(): Promise<ServerTool[]> {
		const { tools } = await this.#ask((client, options) => client.listTools(undefined, options));
		return tools.map(({ name, description, inputSchema, annotations }) => ({
			name,
			description,
			inputSchema: inputSchema as Json,
			annotations,
		}));
	}

	/** @throws ServerFailure */
	async call(name: string, given: Json): Promise<CallResult> {
		const result = await this.#ask((client, options) => client.callTool({ name, arguments: given }, options));
		return { text: textOf(result as Json), isError: result.isError === true };
	}

	/** Tells the server that its session is over, and doesn't wait for it. */
	close(): void {
		const connecting = this.#connecting;
		this.#connecting = undefined;
		connecting?.then((client) => client.close()).catch(() => {});
	}

	/** Nothing of it takes longer than the server may take. */
	async #ask<T>(ask: (client: Client, options: { signal: AbortSignal; timeout: number }) => Promise<T>): Promise<T> {
		const { timeoutMs: timeout } = this.#server;
		const late = AbortSignal.timeout(timeout);
		const signal = AbortSignal.any([late, this.#leaving]);
		try {
			return await abortable(signal, async () => ask(await this.#connected(), { signal, timeout }));
		} catch (error) {
			// The next one begins anew.
			if (!isOfServer(error)) this.close();
			throw failureOf(error, late.aborted ? timeout : undefined);
		}
	}

	#connected(): Promise<Client> {
		this.#connecting ??= this.#connect();
		return this.#connecting;
	}

	async #connect(): Promise<Client> {
		const sdk = await import("@modelcontextprotocol/client");
		const { url, headers, mayBePrivate, timeoutMs: timeout } = this.#server;
		const guard = { origin: url.origin, mayBePrivate, maxBytes: this.#maxBytes, signal: this.#leaving };
		const options = { fetch: guardedFetch(guard), requestInit: { headers } };
		const client = () =>
			new sdk.Client(
				{ name: "llmgw", version },
				{ versionNegotiation: { mode: "auto", probe: { timeoutMs: timeout } } },
			);
		try {
			const latest = client();
			await latest.connect(new sdk.StreamableHTTPClientTransport(url, options), { timeout });
			return latest;
		} catch (error) {
			if (!isOlder(error)) throw error;
			const elder = client();
			elder.setVersionNegotiation(undefined);
			await elder.connect(new sdk.SSEClientTransport(url, options), { timeout });
			return elder;
		}
	}
}

/** It knows nothing of requests by POST at this address. */
function isOlder(error: unknown): boolean {
	const status = statusOf(error);
	return status === 400 || status === 404 || status === 405;
}

function statusOf(error: unknown): number | undefined {
	const { status, cause } = (error ?? {}) as { status?: unknown; cause?: unknown };
	if (typeof status === "number") return status;
	return cause === undefined ? undefined : statusOf(cause);
}

/** An error in the protocol's own form, after which the connection is as good as before. */
function isOfServer(error: unknown): boolean {
	return error instanceof Error && error.name === "ProtocolError";
}

/** Rejects at once when the signal is aborted, whatever the work does. */
function abortable<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		const abort = () => reject(signal.reason);
		if (signal.aborted) {
			abort();
			return;
		}
		signal.addEventListener("abort", abort, { once: true });
		work()
			.then(resolve, reject)
			.finally(() => signal.removeEventListener("abort", abort));
	});
}

const maxMessage = 500;

/** Nothing of the gateway's own in it: neither addresses nor headers. @param lateMs if its time was over */
function failureOf(error: unknown, lateMs: number | undefined): ServerFailure {
	const code = codeIn(error);
	if (lateMs !== undefined || code === "REQUEST_TIMEOUT")
		return new ServerFailure(
			"timeout",
			`The MCP server did not answer${lateMs === undefined ? " in time" : ` within ${formatDuration(lateMs)}`}.`,
		);
	const guard = guardIn(error);
	if (guard !== undefined)
		return new ServerFailure(
			guard.message.includes("longer") ? "too_long" : "refused",
			`The MCP server is not used: ${guard.message}.`,
		);
	if (code === "PRIVATE_ADDRESS")
		return new ServerFailure("refused", "The MCP server is not used: it has a private address.");
	const status = statusOf(error);
	if (status !== undefined) return new ServerFailure("refused", `The MCP server answered with status ${status}.`);
	if (isOfServer(error)) return new ServerFailure("protocol", messageOf(error).slice(0, maxMessage));
	if (code !== undefined && /^(E[A-Z]+|UND_ERR.*|SEND_FAILED|CONNECTION_CLOSED)$/.test(code))
		return new ServerFailure("unreachable", "The MCP server can't be reached, or has closed the connection.");
	return new ServerFailure("protocol", "The MCP server's answer is not understood.");
}

function codeIn(error: unknown): string | undefined {
	const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
	const inner = cause === undefined || cause === null ? undefined : codeIn(cause);
	return inner ?? (typeof code === "string" ? code : undefined);
}

function guardIn(error: unknown): GuardError | undefined {
	if (error instanceof GuardError) return error;
	const { cause } = (error ?? {}) as { cause?: unknown };
	return cause === undefined || cause === null ? undefined : guardIn(cause);
}

/** Texts as they are, and all else as JSON: a model reads no more. */
function textOf({ content, structuredContent }: Json): string {
	const parts = Array.isArray(content) ? content : [];
	if (parts.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent);
	return parts
		.map((part) =>
			isObject(part) && part.type === "text" && typeof part.text === "string" ? part.text : JSON.stringify(part),
		)
		.join("\n");
}
