/** The prompts of a running gateway, over its API. */
import fetch from "node-fetch";
import { messageOf, Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { type ContentInput, completeContent, type PromptContent } from "../../prompts/promptContent.js";

type Schemas = components["schemas"];
export type RemotePrompt = Schemas["Prompt"];

export interface PromptApi {
	/** All prompts, oldest first. */
	list(): Promise<RemotePrompt[]>;
	find(name: string): Promise<{ prompt: RemotePrompt; etag: string } | undefined>;
	content(name: string, version: number): Promise<PromptContent>;
	create(prompt: Schemas["CreatePromptRequest"]): Promise<string>;
	/** The changes give the ETag that the prompt has then. */
	update(name: string, change: Schemas["UpdatePromptRequest"], etag: string): Promise<string>;
	addVersion(name: string, version: Schemas["CreatePromptVersionRequest"], etag: string): Promise<string>;
	setLabel(name: string, label: string, version: number, etag: string): Promise<string>;
	removeLabel(name: string, label: string, etag: string): Promise<string>;
}

interface Request {
	body?: object;
	etag?: string;
}

interface Reply<Body> {
	status: number;
	etag: string;
	body: Body;
}

/** @param baseUrl with `/v1`. What its methods throw are Problems. */
export function promptApi(baseUrl: string, key: string | undefined): PromptApi {
	async function send<Body>(method: string, path: string, { body, etag }: Request = {}): Promise<Reply<Body>> {
		const url = `${baseUrl}${path}`;
		const fail = (message: string) => new Problems([{ where: url, message }]);
		try {
			const response = await fetch(url, {
				method,
				redirect: "manual",
				headers: {
					...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
					...(body === undefined ? {} : { "content-type": "application/json" }),
					...(etag === undefined ? {} : { "if-match": etag }),
				},
				...(body === undefined ? {} : { body: JSON.stringify(body) }),
			});
			const text = await response.text();
			if (!response.ok && response.status !== 404) throw fail(`answered ${response.status}: ${errorText(text)}`);
			if (!response.ok && method !== "GET") throw fail(`answered 404: ${errorText(text)}`);
			return { status: response.status, etag: response.headers.get("etag") ?? "", body: parsed(text, fail) as Body };
		} catch (error) {
			throw error instanceof Problems ? error : fail(`can't be reached (${messageOf(error)})`);
		}
	}

	/** GET of what is expected to be there. */
	async function read<Body>(path: string): Promise<Body> {
		const { status, body } = await send<Body>("GET", path);
		if (status === 404) {
			const message = `answered 404: ${errorText(JSON.stringify(body))}`;
			throw new Problems([{ where: `${baseUrl}${path}`, message }]);
		}
		return body;
	}

	const labelPath = (name: string, label: string) => `/prompts/${name}/labels/${encodeURIComponent(label)}`;

	return {
		async list() {
			const prompts: RemotePrompt[] = [];
			for (let after = ""; ; ) {
				const page = await read<Schemas["PromptList"]>(`/prompts?limit=100&order=asc${after}`);
				prompts.push(...page.data);
				if (!page.has_more || page.last_id === null) return prompts;
				after = `&after=${encodeURIComponent(page.last_id)}`;
			}
		},
		async find(name) {
			const { status, body, etag } = await send<RemotePrompt & { error?: { code?: string } }>(
				"GET",
				`/prompts/${name}`,
			);
			if (status !== 404) return { prompt: body, etag };
			if (body.error?.code === "prompt_not_found") return undefined;
			throw new Problems([{ where: `${baseUrl}/prompts/${name}`, message: `answered 404: ${JSON.stringify(body)}` }]);
		},
		async content(name, version) {
			const { messages, variables, parameters } = await read<ContentInput>(`/prompts/${name}/versions/${version}`);
			return completeContent({ messages, ...(variables ? { variables } : {}), ...(parameters ? { parameters } : {}) });
		},
		create: async (prompt) => (await send("POST", "/prompts", { body: prompt })).etag,
		update: async (name, change, etag) => (await send("POST", `/prompts/${name}`, { body: change, etag })).etag,
		addVersion: async (name, version, etag) =>
			(await send("POST", `/prompts/${name}/versions`, { body: version, etag })).etag,
		setLabel: async (name, label, version, etag) =>
			(await send("PUT", labelPath(name, label), { body: { version }, etag })).etag,
		removeLabel: async (name, label, etag) => (await send("DELETE", labelPath(name, label), { etag })).etag,
	};
}

function parsed(text: string, fail: (message: string) => Problems): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw fail(`answered what is no JSON: ${text.slice(0, 100)}`);
	}
}

function errorText(body: string): string {
	try {
		const { message, param } = (JSON.parse(body) as { error: { message: string; param: string | null } }).error;
		return param === null || message.includes(param) ? message : `${message} (${param})`;
	} catch {
		return body.slice(0, 200);
	}
}
