/** Requests to the gateway that served this page. */
import { type CredentialKind, credential } from "./credentials.js";

/** An error response of the gateway, with its message. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string | undefined;
	/** The kind of credential that was missing or wrong, if that was the reason. */
	readonly needs: CredentialKind | undefined;

	constructor(message: string, status: number, code: string | undefined, needs: CredentialKind | undefined) {
		super(message);
		this.status = status;
		this.code = code;
		this.needs = needs;
	}
}

export interface RequestOptions {
	method?: string;
	body?: unknown;
	headers?: Record<string, string>;
	signal?: AbortSignal;
	/** Used instead of the stored one. */
	credential?: string;
}

/** Sends a request. @param path relative to the gateway: `v1/prompts`. @throws ApiError, or TypeError if the gateway does not answer */
export async function ask(as: CredentialKind, path: string, options: RequestOptions = {}): Promise<Response> {
	const secret = options.credential ?? credential(as);
	const response = await fetch(path, {
		method: options.method ?? "GET",
		headers: {
			...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
			...(options.body === undefined ? {} : { "content-type": "application/json" }),
			...options.headers,
		},
		...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
		...(options.signal === undefined ? {} : { signal: options.signal }),
		cache: "no-store",
		credentials: "omit",
	});
	if (!response.ok) throw await errorOf(response, as);
	return response;
}

export async function askJson<T>(as: CredentialKind, path: string, options?: RequestOptions): Promise<T> {
	return (await ask(as, path, options)).json() as Promise<T>;
}

/** `a=1&b=2`, without undefined and empty values; a list repeats its name. */
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

/** @returns an error's text for the page */
export function messageOf(error: unknown): string {
	if (error instanceof ApiError) return error.message;
	if (error instanceof TypeError) return "The gateway does not answer.";
	return error instanceof Error ? error.message : String(error);
}
