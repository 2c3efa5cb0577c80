/** `llmw keys`: makes, lists, shows, rotates and revokes keys of a running gateway. */
import { headerSafe } from "../../errors/headerSafe.js";
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { budgetNames, limitNames } from "../../settings/limitSettings.js";
import { parseDurationMs } from "../../settings/quantity.js";
import { type GatewayApi, gatewayApi } from "./gatewayApi.js";
import { localPass } from "./localPass.js";
import { type Output, printList } from "./output.js";
import { type OptionReader, optionReader, readBaseUrl, wholeNumber } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;
type Key = components["schemas"]["Key"];
type KeyWithSecret = components["schemas"]["KeyWithSecret"];

interface KeyRequest {
	api: GatewayApi;
	flags: Flags;
	asJson: boolean;
	output: Output;
}

const pageSize = 100;

const actions: Record<string, (name: string, request: KeyRequest) => Promise<void>> = {
	create,
	show,
	update,
	rotate,
	revoke,
};

/**
 * @param words the words after `keys`: `create NAME`, `list`, `show KEY`, `update KEY`, `rotate KEY` or `revoke KEY`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function keys(words: readonly string[], flags: Flags, gatewayUrl: string, output: Output): Promise<void> {
	const request = {
		api: await administration(flags, gatewayUrl, output),
		flags,
		asJson: flags.json === "true",
		output,
	};
	const [action = "list", name, ...more] = words;
	if (action === "list" && name === undefined) return list(request);
	const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
	if (act === undefined || name === undefined || more.length > 0)
		throw new Problems([
			{
				where: "keys",
				message:
					"is followed by create NAME, list, show KEY, update KEY, rotate KEY or revoke KEY; see llmw keys --help",
			},
		]);
	await act(name, request);
}

/** The API of administrators. @throws Problems when there is no credential for it */
export async function administration(flags: Flags, gatewayUrl: string, { note }: Output): Promise<GatewayApi> {
	const read = optionReader(flags, process.env);
	const url = read("url", readBaseUrl);
	const baseUrl = url ?? readBaseUrl(gatewayUrl);
	const key = read("admin-key", headerSafe) ?? (await localPass(baseUrl, url !== undefined));
	if (key === undefined)
		throw new Problems([
			{
				where: "LLMW_ADMIN_KEY",
				message:
					"is needed: the administrator's credential of the gateway (or --admin-key), " +
					"since no gateway of this user runs on this machine at " +
					baseUrl,
			},
		]);
	return gatewayApi({ baseUrl, key }, note);
}

async function create(name: string, { api, flags, asJson, output }: KeyRequest): Promise<void> {
	const body = { name, ...membersGiven(optionReader(flags, {})) };
	printSecret(await api.ask<KeyWithSecret>("POST", "/admin/keys", body), asJson, output);
}

/** Limits and budgets that aren't given stay as they are. */
async function update(name: string, { api, flags, asJson, output }: KeyRequest): Promise<void> {
	const given = membersGiven(optionReader(flags, {}));
	const { limits, budget } = await api.ask<Key>("GET", pathOf(name));
	const body = {
		...given,
		limits: given.limits && { ...limits, ...given.limits },
		budget: given.budget && { ...budget, ...given.budget },
	};
	const key = await api.ask<Key>("POST", pathOf(name), body);
	output.print(asJson ? terminalJson(key) : terminalJson(key, 2));
	notePending(key, output);
}

/** A key's members from options, in the API's words. */
export function membersGiven(read: OptionReader) {
	const text = (given: string) => given;
	return {
		owner: read("owner", text),
		team: read("team", text),
		organisation: read("organisation", text),
		metadata: read("metadata", pairs),
		expires_at: read("expires", momentAhead),
		models: read("models", commaSeparated),
		routes: read("routes", commaSeparated),
		addresses: read("addresses", commaSeparated),
		limits: numbersGiven(limitNames, (name) => read(flagOf(name), orNone(wholeNumber))),
		budget: numbersGiven(budgetNames, (name) => read(`budget-${flagOf(name)}`, orNone(dollars))),
		priority: read("priority", priority),
		permissions: read("permissions", commaSeparated),
	};
}

/** Members that are given; undefined if none is. */
function numbersGiven(
	names: readonly (readonly [string, string])[],
	read: (name: string) => number | null | undefined,
): object | undefined {
	const given = names.map(([, name]) => [name, read(name)] as const).filter(([, value]) => value !== undefined);
	return given.length === 0 ? undefined : Object.fromEntries(given);
}

function flagOf(name: string): string {
	return name.replaceAll("_", "-");
}

/** `none` takes a limit away. */
function orNone(parse: (text: string) => number): (text: string) => number | null {
	return (text) => (text === "none" ? null : parse(text));
}

function dollars(text: string): number {
	if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0)
		throw new Error(`must be a number of dollars such as 50 or 0.25 (got ${JSON.stringify(text)})`);
	return Number(text);
}

function priority(text: string): number {
	if (!/^-?\d{1,3}$/.test(text) || Math.abs(Number(text)) > 100)
		throw new Error(`must be a whole number from -100 to 100 (got ${JSON.stringify(text)})`);
	return Number(text);
}

async function list({ api, flags, asJson, output }: KeyRequest): Promise<void> {
	const limit = optionReader(flags, {})("limit", wholeNumber) ?? Number.POSITIVE_INFINITY;
	const found = await allPages<Key>(api, "/admin/keys?order=desc", limit);
	const heads = ["ID", "NAME", "STATUS", "TEAM", "SECRET", "EXPIRES", "LAST USED", "LIMITS"];
	printList(found, { heads, row, nothing: "there are no keys yet; llmw keys create NAME makes one", asJson }, output);
}

/** Up to so many items of a list, page after page. @param path with a query */
export async function allPages<Item extends { id: string }>(
	api: GatewayApi,
	path: string,
	limit: number,
): Promise<Item[]> {
	const found: Item[] = [];
	for (let after = ""; ; ) {
		const size = Math.min(pageSize, limit - found.length);
		const page = await api.ask<{ data: Item[]; has_more: boolean }>("GET", `${path}&limit=${size}${after}`);
		found.push(...page.data);
		if (!page.has_more || found.length >= limit) return found;
		after = `&after=${encodeURIComponent(page.data.at(-1)?.id ?? "")}`;
	}
}

function row(key: Key): string[] {
	const { id, name, status, team, hint, expires_at, last_used_at } = key;
	const secret = `llmw-…${hint}`;
	return [id, name, status, team ?? "–", secret, moment(expires_at), moment(last_used_at), limitsOf(key)];
}

/** `60 req/min, 10000 tok/day, 2 at a time, $5/month` */
function limitsOf({ limits, budget }: Key): string {
	const each = limitNames.flatMap(([, name]) => (limits?.[name] ? [`${limits[name]} ${limitUnits[name]}`] : []));
	const money = budgetNames.flatMap(([, name]) =>
		budget?.[name] ? [`$${budget[name]}/${name.slice("per_".length)}`] : [],
	);
	return [...each, ...money].join(", ") || "–";
}

const limitUnits = {
	requests_per_minute: "req/min",
	requests_per_day: "req/day",
	tokens_per_minute: "tok/min",
	tokens_per_day: "tok/day",
	concurrent_requests: "at a time",
	requests_per_session: "req/session",
	tokens_per_session: "tok/session",
	minutes_per_session: "min/session",
	equal_tool_calls: "equal calls",
} as const;

async function show(name: string, { api, asJson, output }: KeyRequest): Promise<void> {
	const key = await api.ask<Key>("GET", pathOf(name));
	output.print(asJson ? terminalJson(key) : terminalJson(key, 2));
}

async function rotate(name: string, { api, flags, asJson, output }: KeyRequest): Promise<void> {
	const graceSeconds = optionReader(flags, {})("grace", durationSeconds);
	const body = graceSeconds === undefined ? {} : { grace_seconds: graceSeconds };
	const key = await api.ask<KeyWithSecret>("POST", `${pathOf(name)}/rotate`, body);
	printSecret(key, asJson, output);
	if (key.previous_works_until !== null)
		output.note(`the secret before works until ${moment(key.previous_works_until)}`);
}

async function revoke(name: string, { api, asJson, output }: KeyRequest): Promise<void> {
	const key = await api.ask<Key>("DELETE", pathOf(name));
	output.print(asJson ? terminalJson(key) : `revoked ${key.name} (${key.id})`);
	notePending(key, output);
	if (key.unwritten) output.note(key.unwritten.message);
}

/** The secret alone on stdout, so that it can go straight to where it is kept. */
function printSecret(key: KeyWithSecret, asJson: boolean, { print, note }: Output): void {
	if (!asJson) note(`key ${key.name} (${key.id}); its secret, which is shown this once:`);
	print(asJson ? terminalJson(key) : key.secret);
	notePending(key, { print, note });
}

function notePending({ pending = [] }: Key, { note }: Output): void {
	for (const who of pending) note(`${who} has not acknowledged this yet, and does as soon as it runs again`);
}

function pathOf(name: string): string {
	return `/admin/keys/${encodeURIComponent(name)}`;
}

export function moment(seconds: number | null): string {
	return seconds === null ? "–" : new Date(seconds * 1000).toISOString().slice(0, 19);
}

function durationSeconds(text: string): number {
	return Math.round(parseDurationMs(text) / 1000);
}

/** A duration from now on, or a date. */
function momentAhead(text: string): number {
	if (/^\d{4}-\d\d-\d\d/.test(text)) {
		const at = Date.parse(text);
		if (Number.isFinite(at)) return Math.floor(at / 1000);
	}
	try {
		return Math.floor(Date.now() / 1000) + durationSeconds(text);
	} catch {
		throw new Error(
			`must be a time from now such as 12h or 90d, or a date such as 2030-01-31 (got ${JSON.stringify(text)})`,
		);
	}
}

function commaSeparated(text: string): string[] {
	return text
		.split(",")
		.map((part) => part.trim())
		.filter((part) => part !== "");
}

function pairs(text: string): Record<string, string> {
	const found = commaSeparated(text).map((pair) => {
		const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
		if (name === undefined)
			throw new Error(`must be pairs such as ticket=OPS-7,stage=test (got ${JSON.stringify(text)})`);
		return [name, value];
	});
	return Object.fromEntries(found) as Record<string, string>;
}
