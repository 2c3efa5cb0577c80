/** Asks an upstream once for its models, and so who it is; and explains in plain words what is wrong if that fails. */
import { entriesIn, type ListEntry } from "../../catalogue/listEntries.js";
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import { readFacts } from "../../catalogue/readFacts.js";
import { type FoundServer, providerOf } from "../../providers/providers.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { CredentialError, signerFor } from "../ownHeaders.js";
import { ownUrl } from "../ownUrl.js";
import { maxModels, readModelList } from "./chatModels.js";
import { findServer } from "./findServer.js";
import type { ModelList } from "./messages.js";
import { ask, parsed, printable, type Reply, reasonOf } from "./plainRequest.js";

/** Without a list and without trouble the upstream is there, and shows no list. */
export interface ModelsAnswer {
	list: ModelList | undefined;
	/** What the list says of each of its models. */
	models?: readonly ListedEntry[] | undefined;
	/** Who it is; undefined if that was not asked, or it has not answered. */
	server?: FoundServer | undefined;
	trouble: string | undefined;
}

/** A model of a list. */
export interface ListedEntry extends Pick<ListEntry, "id" | "aliases"> {
	/** Another one if the model behind the name is another one. */
	readonly stamp: string;
	readonly facts: ModelFacts;
}

/**
 * Throws nothing: trouble is an answer too.
 *
 * @param known who it was, where that was asked before and nothing says that it has changed
 */
export async function askForModels(
	upstream: UpstreamSettings,
	timeoutMs: number,
	known?: FoundServer,
): Promise<ModelsAnswer> {
	let lists: Lists;
	try {
		lists = await askForLists(upstream, timeoutMs);
	} catch (error) {
		const trouble =
			error instanceof CredentialError
				? `can't be shown a credential: ${error.message}`
				: `can't be reached: ${reasonOf(error, upstream, timeoutMs)}`;
		return { list: undefined, trouble };
	}
	const { reply, json } = lists;
	const list = reply.status === 200 ? readModelList(upstream.name, json) : undefined;
	const models = list && entriesIn(json)?.slice(0, maxModels).map(listedEntry);
	const trouble = list ? undefined : troubleOf(reply, json, upstream);
	if (trouble !== undefined) return { list, trouble };
	const post = (path: string) => ask(upstream, timeoutMs, ownUrl(upstream, path), "{}");
	const server = await findServer(upstream, { list: json, header: reply.server, known, post });
	return { list, models, server, trouble };
}

/** Asks for what the upstream says at one more place; undefined if it does not say it. */
export async function askForJson(
	upstream: UpstreamSettings,
	timeoutMs: number,
	path: string,
	body?: object,
): Promise<unknown> {
	try {
		const reply = await ask(upstream, timeoutMs, ownUrl(upstream, path), body && JSON.stringify(body));
		return reply.status === 200 ? parsed(reply.body) : undefined;
	} catch {
		return undefined;
	}
}

function listedEntry({ id, aliases, json }: ListEntry): ListedEntry {
	return { id, aliases, stamp: String(json.created ?? ""), facts: readFacts(json) };
}

interface Lists {
	/** One that failed, or else a good one. A credential may be good for some of the lists, or for none. */
	readonly reply: Reply;
	/** The list that they make. */
	readonly json: unknown;
}

/** Asks wherever the upstream's provider has its models. */
async function askForLists(upstream: UpstreamSettings, timeoutMs: number): Promise<Lists> {
	const { listing, modelsPath } = providerOf(upstream);
	const paths = listing?.urls(upstream) ?? [modelsPath?.(upstream) ?? "/models"];
	const replies = await Promise.all(paths.map((path) => ask(upstream, timeoutMs, ownUrl(upstream, path))));
	const good = replies.find(({ status }) => status === 200);
	const reply = (replies.find(({ status, isDenied }) => status !== 200 && !isDenied) ?? good ?? replies[0]) as Reply;
	const answers = replies.map(({ status, body }) => (status === 200 ? parsed(body) : undefined));
	return { reply, json: listing !== undefined && reply.status === 200 ? listing.read(answers) : parsed(reply.body) };
}

/** @returns the list of an upstream that has it elsewhere than its API. @throws Error where it can't be had */
export async function listFrom(upstream: UpstreamSettings, timeoutMs: number): Promise<unknown> {
	const { reply, json } = await askForLists(upstream, timeoutMs);
	if (reply.status !== 200) throw new Error(`the list of models was answered with ${reply.status}`);
	return json;
}

/** The fault of a server that answered without a list; undefined if it just shows none. */
function troubleOf(reply: Reply, json: unknown, upstream: UpstreamSettings): string | undefined {
	const { status, contentType, isDenied } = reply;
	if (isDenied) return undefined;
	const isSigned = signerFor(upstream) !== undefined;
	if (isOfCredential(status, json))
		return hasCredential(upstream) || isSigned
			? `refuses the ${isSigned ? "credential" : "key"} it was given (GET /models: ${status})`
			: undefined;
	if (status === 429) return undefined;
	if (status >= 500) return `is not ready: GET /models was answered with ${status}`;
	if (isLikeOpenAi(json)) return undefined;
	const what = contentType === "" ? "" : `, ${printable(contentType)}`;
	const { name } = providerOf(upstream);
	const api = name === "openai-compatible" || name === "openai" ? "an OpenAI-compatible API" : `the API of ${name}`;
	return `answers, but not as ${api} (GET /models: ${status}${what}); is it the right port and path?`;
}

/** Something is sent by which the upstream may know who asks. */
export function hasCredential(upstream: UpstreamSettings): boolean {
	const { key, headers } = upstream;
	const isSigned = providerOf(upstream).signer?.(upstream) !== undefined;
	return key !== undefined || isSigned || Object.keys(headers).some((name) => /authorization|key|token/.test(name));
}

/** Google calls a wrong key an invalid argument. */
export function isOfCredential(status: number, json: unknown): boolean {
	return status === 401 || status === 403 || (status === 400 && /"API_KEY_INVALID"/.test(JSON.stringify(json ?? "")));
}

/** An error envelope, or an object with its type. */
function isLikeOpenAi(json: unknown): boolean {
	if (typeof json !== "object" || json === null) return false;
	const { error, object, detail } = json as { error?: unknown; object?: unknown; detail?: unknown };
	return error !== undefined || typeof object === "string" || detail === "Not Found";
}
