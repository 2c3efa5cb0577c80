/** A running gateway's API, for commands that ask it more than one thing. */
import { setTimeout as sleep } from "node:timers/promises";
import fetch from "node-fetch";
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
	 * @throws Problems with the gateway's message
	 */
	ask<Reply>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<Reply>;
}

/** @param note is told of waits */
export function gatewayApi({ baseUrl, key }: GatewayAddress, note: (line: string) => void): GatewayApi {
	return {
		async ask<Reply>(method: string, path: string, body?: unknown): Promise<Reply> {
			const url = baseUrl + path;
			const fail = (message: string) => new Problems([{ where: url, message }]);
			for (;;) {
				const response = await fetch(url, {
					method,
					redirect: "manual",
					headers: {
						accept: "application/json",
						...(body === undefined ? {} : { "content-type": "application/json" }),
						...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
					},
					...(body === undefined ? {} : { body: JSON.stringify(body) }),
				}).catch((error: unknown) => {
					throw fail(`can't be reached (${reasonOf(error)})${isRefused(error) ? "; no gateway runs there" : ""}`);
				});
				const text = await response.text().catch((error: unknown) => {
					throw fail(`the answer broke off (${reasonOf(error)})`);
				});
				const waitSeconds = Number(response.headers.get("retry-after"));
				if (response.status === 429 && waitSeconds > 0) {
					note(`${url}: over the rate limit; goes on in ${waitSeconds} s`);
					await sleep(waitSeconds * 1000);
					continue;
				}
				if (!response.ok) throw fail(`answered ${response.status}: ${errorText(text)}`);
				try {
					return JSON.parse(text) as Reply;
				} catch {
					throw fail("answered what is no JSON");
				}
			}
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
