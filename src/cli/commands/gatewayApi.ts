/** A running gateway's API, for commands that ask it more than one thing. */
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import fetch, { FormData, type Response } from "node-fetch";
import { messageOf, Problems } from "../../errors/problem.js";

export interface GatewayAddress {
	/** With `/v1`. */
	baseUrl: string;
	key: string | undefined;
}

export interface GatewayApi {
	/**
	 * The JSON that an operation answers with. Over the rate limit it waits as long as it is told to.
	 *
	 * @param path below the base URL
	 * @param body a form, or what is sent as JSON
	 * @throws Problems with the gateway's message
	 */
	ask<Reply>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Reply>;
	/** The bytes that it answers with, as they come. @throws Problems with the gateway's message */
	read(path: string): Promise<NodeJS.ReadableStream>;
}

/** Tells who has given no key how to, where one is wanted. */
export function keyHint(status: number, key: string | undefined, keyFlag = "--key"): string {
	return status === 401 && key === undefined ? ` Give one by ${keyFlag}.` : "";
}

/**
 * @param note is told of waits
 * @param keyFlag by which the key is given
 */
export function gatewayApi(
	{ baseUrl, key }: GatewayAddress,
	note: (line: string) => void,
	keyFlag = "--key",
): GatewayApi {
	const fail = (path: string, message: string, status?: number) =>
		new Problems([{ where: baseUrl + path, message, ...(status === undefined ? {} : { status }) }]);
	const textOf = (path: string, response: Response) =>
		response.text().catch((error: unknown) => {
			throw fail(path, `the answer broke off (${reasonOf(error)})`);
		});

	/** @returns a good answer */
	async function request(method: string, path: string, body?: unknown): Promise<Response> {
		for (;;) {
			const response = await fetch(baseUrl + path, {
				method,
				redirect: "manual",
				headers: {
					accept: "application/json",
					...(body === undefined || body instanceof FormData ? {} : { "content-type": "application/json" }),
					...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
				},
				...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
			}).catch((error: unknown) => {
				throw fail(path, `can't be reached (${reasonOf(error)})${isRefused(error) ? "; no gateway runs there" : ""}`);
			});
			if (response.ok) return response;
			const text = await textOf(path, response);
			const waitSeconds = Number(response.headers.get("retry-after"));
			if (response.status !== 429 || waitSeconds <= 0)
				throw fail(
					path,
					`answered ${response.status}: ${errorText(text)}${keyHint(response.status, key, keyFlag)}`,
					response.status,
				);
			note(`${baseUrl}${path}: over the rate limit; goes on in ${waitSeconds} s`);
			await sleep(waitSeconds * 1000);
		}
	}

	return {
		async ask<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
			const text = await textOf(path, await request(method, path, body));
			try {
				return JSON.parse(text) as Reply;
			} catch {
				throw fail(path, "answered what is no JSON");
			}
		},
		async read(path) {
			const { body } = await request("GET", path);
			return body ?? Readable.from([]);
		},
	};
}

/** node-fetch puts the URL, which the problem names already, before the reason, and no reason where it tried two addresses. */
export function reasonOf(error: unknown): string {
	const reason = messageOf(error).replace(/^request to .* failed, reason: ?/, "");
	return reason || String((error as { code?: string }).code ?? "no reason given");
}

function isRefused(error: unknown): boolean {
	return (error as { code?: unknown }).code === "ECONNREFUSED";
}

/** The message of an error envelope, or the beginning of what came in its place. */
export function errorText(body: string): string {
	try {
		return (JSON.parse(body) as { error: { message: string } }).error.message;
	} catch {
		return body.slice(0, 200);
	}
}
