/** Requests to the gateway that served this page. */
import { type CredentialKind, credential } from "./credentials.js";

/** The gateway's refusal, in its own words. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string | undefined;
	/** Which credential would have helped, where that is what was missing. */
	readonly needs: CredentialKind | undefined;

	constructor(message: string, status: number, code: string | undefined, needs: CredentialKind | undefined) {
		super(message);
		this.status = status;
		this.code = code;
		this.needs = needs;
	}
}

export interface Asked {
	method?: string;
	body?: unknown;
	headers?: Record<string, string>;
	signal?: AbortSignal;
	/** Instead of the one that is kept. */
	credential?: string;
}

/** @param path relative to the gateway: `v1/prompts`. @throws ApiError, or TypeError where the gateway does not answer */
export async function ask(as: CredentialKind, path: string, asked: Asked = {}): Promise<Response> {
	const secret = asked.credential ?? credential(as);
	const response = await fetch(path, {
		method: asked.method ?? "GET",
		headers: {
			...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
			...(asked.body === undefined ? {} : { "content-type": "application/json" }),
			...asked.headers,
		},
		...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
		...(asked.signal === undefined ? {} : { signal: asked.signal }),
		cache: "no-store",
		credentials: "omit",
	});
	if (!response.ok) throw await errorOf(response, as);
	return response;
}

export async function askJson<T>(as: CredentialKind, path: string, asked?: Asked): Promise<T> {
	return (await ask(as, path, asked)).json() as Promise<T>;
}

/** `a=1&b=2` of what is given; lists give their name several times. */
export function queryOf(values: Record<string, string | number | readonly string[] | undefined>): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries(values))
		for (const one of [value].flat()) if (one !== undefined && one !== "") query.append(name, String(one));
	return query.toString();
}

async function errorOf(response: Response, as: CredentialKind): Promise<ApiError> {
	const { status, statusText } = response;
	const body = (await response.json().catch(() => ({}))) as { error?: { message?: string; code?: string } };
	const message = body.error?.message ?? `The gateway answered ${status} ${statusText}.`;
	return new ApiError(message, status, body.error?.code, status === 401 ? as : undefined);
}

/** As it is shown. */
export function messageOf(error: unknown): string {
	if (error instanceof ApiError) return error.message;
	if (error instanceof TypeError) return "The gateway does not answer.";
	return error instanceof Error ? error.message : String(error);
}
