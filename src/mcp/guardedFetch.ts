/** Requests to one MCP server: to no other origin, to private addresses only if they are named, and no longer than is bearable. */
import { Agent, fetch } from "undici";
import { isPrivateAddress, publicLookup } from "./privateAddresses.js";

export interface GuardOptions {
	/** The only one that is asked. */
	readonly origin: string;
	readonly mayBePrivate: boolean;
	/** Of one answer. */
	readonly maxBytes: number;
	/** Aborted when nobody waits any more. */
	readonly signal: AbortSignal;
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** Says why a server was not asked, or its answer not read to the end. */
export class GuardError extends Error {}

/** Made at first use. */
let agents: { readonly any: Agent; readonly open: Agent } | undefined;

function agentFor(mayBePrivate: boolean): Agent {
	agents ??= { any: new Agent(), open: new Agent({ connect: { lookup: publicLookup } }) };
	return mayBePrivate ? agents.any : agents.open;
}

export function guardedFetch({ origin, mayBePrivate, maxBytes, signal }: GuardOptions): Fetch {
	const dispatcher = agentFor(mayBePrivate);
	return async (given, init = {}) => {
		const url = new URL(given);
		if (url.origin !== origin) throw new GuardError("it leads to another host");
		if (!mayBePrivate && isPrivateAddress(url.hostname.replace(/^\[|\]$/g, "")))
			throw new GuardError("it has a private address");
		const signals = init.signal ? [signal, init.signal] : [signal];
		const asked = { ...init, redirect: "manual", signal: AbortSignal.any(signals), dispatcher };
		const answer = (await fetch(url, asked as never)) as unknown as Response;
		return answer.body === null ? answer : bounded(answer, answer.body, maxBytes);
	};
}

function bounded(answer: Response, body: ReadableStream<Uint8Array>, maxBytes: number): Response {
	let size = 0;
	const counted = body.pipeThrough(
		new TransformStream<Uint8Array, Uint8Array>({
			transform(chunk, to) {
				size += chunk.length;
				if (size > maxBytes) to.error(new GuardError(`its answer is longer than ${maxBytes} bytes`));
				else to.enqueue(chunk);
			},
		}),
	);
	const { status, statusText } = answer;
	const headers = new Headers([...(answer.headers as unknown as Iterable<[string, string]>)]);
	const made = new Response(counted as never, { status, statusText, headers });
	Object.defineProperty(made, "url", { value: answer.url });
	return made;
}
