/** A response that keeps its headers in a list until they are written. Node's own keeps an object of arrays, which costs twice as much. */
import {
	type IncomingMessage,
	type OutgoingHttpHeader,
	type OutgoingHttpHeaders,
	ServerResponse,
	validateHeaderName,
	validateHeaderValue,
} from "node:http";

/** Headers that are the same for many responses. */
export interface HeaderBlock {
	/** Names in lower case. */
	readonly keys: readonly string[];
	/** Each name, and its value after it. */
	readonly list: readonly string[];
}

/** @throws TypeError if a header may not be sent */
export function headerBlock(headers: readonly (readonly [name: string, value: string])[]): HeaderBlock {
	for (const [name, value] of headers) validate(name, value);
	return { keys: headers.map(([name]) => name.toLowerCase()), list: headers.flat() };
}

export class ListedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
	/** Names in lower case, each once. */
	readonly #keys: string[] = [];
	/** Each name as it is written, and its value after it. */
	readonly #list: OutgoingHttpHeader[] = [];

	/** Sets headers of which none is set yet. */
	setBlock({ keys, list }: HeaderBlock): void {
		for (const key of keys) this.#keys.push(key);
		for (const part of list) this.#list.push(part);
	}

	override setHeader(name: string, value: number | string | readonly string[]): this {
		if (this.headersSent) return super.setHeader(name, value);
		validate(name, value);
		const key = name.toLowerCase();
		const at = this.#keys.indexOf(key);
		if (at === -1) {
			this.#keys.push(key);
			this.#list.push(name, value as OutgoingHttpHeader);
		} else {
			this.#list[2 * at] = name;
			this.#list[2 * at + 1] = value as OutgoingHttpHeader;
		}
		return this;
	}

	override appendHeader(name: string, value: string | readonly string[]): this {
		const at = this.#keys.indexOf(name.toLowerCase());
		if (at === -1) return this.setHeader(name, value);
		const before = this.#list[2 * at + 1] as OutgoingHttpHeader;
		return this.setHeader(String(this.#list[2 * at]), [before, value].flat().map(String));
	}

	override removeHeader(name: string): void {
		// Node notes that some are not wanted at all.
		super.removeHeader(name);
		const at = this.#keys.indexOf(name.toLowerCase());
		if (at === -1) return;
		this.#keys.splice(at, 1);
		this.#list.splice(2 * at, 2);
	}

	override getHeader(name: string): OutgoingHttpHeader | undefined {
		const at = this.#keys.indexOf(name.toLowerCase());
		return at === -1 ? undefined : this.#list[2 * at + 1];
	}

	override hasHeader(name: string): boolean {
		return this.#keys.includes(name.toLowerCase());
	}

	override getHeaders(): OutgoingHttpHeaders {
		const headers: OutgoingHttpHeaders = Object.create(null);
		for (const [at, key] of this.#keys.entries()) headers[key] = this.#list[2 * at + 1];
		return headers;
	}

	override getHeaderNames(): string[] {
		return [...this.#keys];
	}

	/** As they are written. */
	getRawHeaderNames(): string[] {
		return this.#keys.map((_key, at) => String(this.#list[2 * at]));
	}

	override writeHead(
		status: number,
		reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
		headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
	): this {
		if (typeof reason !== "string") {
			this.#add(headers ?? reason);
			return super.writeHead(status, this.#list);
		}
		this.#add(headers);
		return super.writeHead(status, reason, this.#list);
	}

	#add(headers: OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined): void {
		if (Array.isArray(headers))
			for (let at = 0; at < headers.length; at += 2)
				this.setHeader(String(headers[at]), headers[at + 1] as OutgoingHttpHeader);
		else for (const name in headers) this.setHeader(name, headers[name] as OutgoingHttpHeader);
	}
}

/** Sets headers of which none is set yet. */
export function setBlock(response: ServerResponse, block: HeaderBlock): void {
	if (response instanceof ListedResponse) response.setBlock(block);
	else
		for (let at = 0; at < block.list.length; at += 2)
			response.setHeader(block.list[at] as string, block.list[at + 1] as string);
}

/** @throws TypeError if a header may not be sent */
function validate(name: string, value: number | string | readonly string[]): void {
	validateHeaderName(name);
	validateHeaderValue(name, value as string);
}
