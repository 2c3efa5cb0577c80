/** Asks an upstream for nothing at the path of its chat, which is refused without work, and tells from the refusal what is wrong. */
import type { Dialect } from "../../dialects/dialect.js";
import { dialectsFor, type Provider } from "../../providers/provider.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { ownUrl } from "../ownUrl.js";
import { hasCredential, isOfCredential } from "./ask.js";
import { ask, parsed, printable, type Reply, reasonOf } from "./plainRequest.js";

export interface Trial {
	readonly upstream: UpstreamSettings;
	/** Who it is, if that was found out. */
	readonly provider: Provider;
	/** One that a route asks of it. */
	readonly model: string | undefined;
	readonly timeoutMs: number;
}

const maxWords = 160;

/** @returns what is wrong; undefined where nothing is, or nothing can be asked */
export async function tryChat(trial: Trial): Promise<string | undefined> {
	const { upstream, provider, timeoutMs } = trial;
	const dialect = dialectsFor(provider, trial.model).find(({ operation }) => operation === "chat");
	const path = dialect && pathOf(trial, dialect);
	if (dialect === undefined || path === undefined) return undefined;
	const url = ownUrl(upstream, path);
	try {
		return troubleOf(trial, dialect, url, await ask(upstream, timeoutMs, url, "{}"));
	} catch (error) {
		return `does not answer POST ${url.pathname}: ${reasonOf(error, upstream, timeoutMs)}`;
	}
}

/** @returns undefined where a model stands in the path, and none is known */
function pathOf({ upstream, provider, model }: Trial, dialect: Dialect): string | undefined {
	const basePath = new URL(upstream.url).pathname.replace(/\/$/, "");
	const pathFor = (name: string | undefined) =>
		provider.path({ dialect, path: "", model: name, isStream: false, isTranslated: true, basePath });
	const path = pathFor(model);
	return path === "" || (model === undefined && pathFor("any") !== path) ? undefined : path;
}

function troubleOf(trial: Trial, dialect: Dialect, { pathname }: URL, reply: Reply): string | undefined {
	const { upstream, provider, model } = trial;
	const { status, contentType, body } = reply;
	const json = parsed(body);
	const place = `POST ${pathname}: ${status}${wordsOf(json, upstream)}`;
	if (isOfCredential(status, json)) {
		if (hasCredential(upstream)) return `refuses the key it was given (${place})`;
		const isBrought = upstream.forwardsCredential || upstream.passthroughAuth === true;
		return isBrought ? undefined : `wants a key, and has been given none (${place})`;
	}
	const isMissing = [404, 405, 501].includes(status) || /unexpected endpoint/i.test(body);
	if (isMissing && json !== undefined && model !== undefined && isOfModel(pathname, body))
		return `does not have the model ${printable(model)} (${place})`;
	if (isMissing)
		return `does not speak ${dialect.name} there (${place}); is \`provider: ${provider.name}\` right, and the path of its url?`;
	if (json !== undefined || status >= 500 || status === 429 || body.trim() === "") return undefined;
	const what = contentType === "" ? "" : `, ${printable(contentType)}`;
	return `answers, but not as the API of ${provider.name} (${place}${what}); is it the right port and path?`;
}

/** The path names a model, and the refusal speaks of one. */
function isOfModel(pathname: string, body: string): boolean {
	return /\/(models?|deployments)\//.test(pathname) && /model|deployment/i.test(body);
}

/** The upstream's own words, in which its credential may stand. */
function wordsOf(json: unknown, { key, headers }: UpstreamSettings): string {
	const { error, message, Message: other, detail } = (json ?? {}) as Record<string, unknown>;
	const inner = typeof error === "object" ? (error as { message?: unknown } | null)?.message : error;
	const words = [inner, message, other, detail].find((text) => typeof text === "string" && text !== "");
	if (words === undefined) return "";
	const secrets = [key, ...Object.values(headers)].filter((text) => text !== undefined && text !== "") as string[];
	const safe = secrets.reduce((text, secret) => text.replaceAll(secret, "[key]"), String(words));
	return `, "${printable(safe, maxWords)}"`;
}
