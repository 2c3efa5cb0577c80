/** `llmw sessions`: lists, shows, stops and resumes sessions of agents of a running gateway. */
import { Problems } from "../../errors/problem.js";
import type { components } from "../../generated/contract.js";
import { terminalJson } from "../../logging/terminalText.js";
import { parseDurationMs } from "../../settings/quantity.js";
import type { GatewayApi } from "./gatewayApi.js";
import { administration, allPages, moment } from "./keys.js";
import { listedAtMost, type Output, printList } from "./output.js";
import { optionReader, wholeNumber } from "./ownOptions.js";
import { table } from "./table.js";
import { dollars } from "./usage.js";

type Flags = Readonly<Record<string, unknown>>;
type Schemas = components["schemas"];
type Session = Schemas["AgentSession"];
type Detail = Schemas["AgentSessionDetail"];
type Part = Schemas["AgentSessionPart"];

interface Request {
	api: GatewayApi;
	flags: Flags;
	output: Output;
}

const actions: Readonly<Record<string, (id: string, request: Request) => Promise<void>>> = { show, stop, resume };

/**
 * @param words the words after `sessions`: `list`, `show SESSION`, `stop SESSION` or `resume SESSION`
 * @param gatewayUrl asked where there is no `--url`
 * @throws Problems
 */
export async function sessions(
	words: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: Output,
): Promise<void> {
	const [action = "list", id, ...more] = words;
	const isList = action === "list" && id === undefined;
	const act = Object.hasOwn(actions, action) ? actions[action] : undefined;
	if (!isList && (act === undefined || id === undefined || more.length > 0))
		throw new Problems([
			{
				where: "sessions",
				message: "is followed by list, show SESSION, stop SESSION or resume SESSION; see llmw sessions --help",
			},
		]);
	const request = { api: await administration(flags, gatewayUrl, output), flags, output };
	if (act === undefined || id === undefined) await list(request);
	else await act(id, request);
}

async function list({ api, flags, output }: Request): Promise<void> {
	const read = optionReader(flags, {});
	const limit = read("limit", wholeNumber);
	const filters = (["key", "agent"] as const).flatMap((name) => {
		// The key that is meant; that which asks is the administrator's.
		const value = read(name === "key" ? "of-key" : name, (text) => text);
		return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
	});
	const active = flags.active === "true" ? ["active=true"] : [];
	const path = `/admin/sessions?${["order=desc", ...active, ...filters].join("&")}`;
	// Those with requests under way come all at once.
	const found = (await allPages<Session>(api, path, limit ?? listedAtMost)).slice(0, limit);
	const nothing = active.length > 0 ? "no session has requests under way" : "no session has left a record";
	printList(found, { heads: listHead, row: listRow, nothing, asJson: flags.json === "true" }, output);
}

const numberHead = ["TURNS", "FAILED", "INPUT", "CACHED", "OUTPUT", "COST"];
const listHead = ["ID", "NAME", "KEY", "AGENT", "LAST (UTC)", "STATE", ...numberHead];

function listRow(session: Session): string[] {
	const { id, name, key, agent, last_at } = session;
	return [id, name, key?.name ?? "–", agent, moment(last_at), stateOf(session), ...numbers(session)];
}

function stateOf({ stopped_until, under_way }: Session): string {
	if (stopped_until !== null) return `stopped until ${moment(stopped_until)}`;
	return under_way > 0 ? `${under_way} under way` : "idle";
}

function numbers({ requests, failed, input_tokens, cache_ratio, output_tokens, cost }: Session | Part): string[] {
	const [turns, fails, input, out] = [requests, failed, input_tokens, output_tokens].map((count) =>
		count.toLocaleString("en-US"),
	) as [string, string, string, string];
	return [turns, fails, input, percent(cache_ratio), out, dollars(cost)];
}

function percent(ratio: number | null): string {
	return ratio === null ? "–" : `${(ratio * 100).toFixed(1)}%`;
}

async function show(id: string, { api, flags, output }: Request): Promise<void> {
	const session = await api.ask<Detail>("GET", pathOf(id));
	if (flags.json === "true") {
		output.print(terminalJson(session, 2));
		return;
	}
	const { name, key, agent, first_at, last_at, stop_reason } = session;
	const reason = stop_reason === null ? "" : ` (${stop_reason})`;
	output.print(`${session.id}  ${name}`);
	output.print(
		`${agent}, key ${key?.name ?? "–"}, ${moment(first_at)} to ${moment(last_at)} UTC, ${stateOf(session)}${reason}`,
	);
	output.print("");
	output.print(table([["AGENT", ...numberHead], ...session.agents.map(partRow), ["all", ...numbers(session)]]));
	output.print("");
	const turns = session.turns.toReversed();
	if (turns.length > 0) output.print(table([turnHead, ...turns.map(turnRow)]));
	if (session.has_more_turns) output.note(`earlier turns: llmw requests --session ${session.id} --limit 1000`);
	for (const { request_id, model, subagent } of session.live)
		output.print(`under way: ${request_id} ${model ?? "–"}${subagent === null ? "" : ` (${subagent})`}`);
}

/** Sub-agents stand below the session's own agent, each below the one that its path names. */
function partRow(part: Part): string[] {
	const { agent, subagent } = part;
	const depth = subagent === null ? 0 : subagent.split("/").length;
	return [`${"  ".repeat(depth)}${subagent ?? agent}`, ...numbers(part)];
}

const turnHead = ["TIME (UTC)", "SUB-AGENT", "MODEL", "OUTCOME", "INPUT", "CACHED", "OUTPUT", "COST", "MS"];

function turnRow(turn: Schemas["RequestRecord"]): string[] {
	const { created_at, subagent, model, outcome, error_code, tokens, cost, duration_ms } = turn;
	return [
		moment(created_at),
		subagent ?? "–",
		model ?? "–",
		error_code === null ? outcome : `${outcome} (${error_code})`,
		String(tokens?.input ?? "–"),
		percent(tokens && tokens.input > 0 ? (tokens.cached ?? 0) / tokens.input : null),
		String(tokens?.output ?? "–"),
		dollars(cost),
		String(Math.round(duration_ms)),
	];
}

async function stop(id: string, { api, flags, output }: Request): Promise<void> {
	const read = optionReader(flags, {});
	const forMs = read("for", parseDurationMs);
	const body = {
		for_seconds: forMs === undefined ? undefined : Math.ceil(forMs / 1000),
		reason: read("reason", (text) => text),
	};
	const session = await api.ask<Session>("POST", `${pathOf(id)}/stop`, body);
	output.print(flags.json === "true" ? terminalJson(session) : `${session.id} is ${stateOf(session)}`);
	notePending(session, output);
}

async function resume(id: string, { api, flags, output }: Request): Promise<void> {
	const session = await api.ask<Session>("DELETE", `${pathOf(id)}/stop`);
	output.print(flags.json === "true" ? terminalJson(session) : `${session.id} may go on`);
	notePending(session, output);
}

function notePending({ pending = [] }: Session, { note }: Output): void {
	if (pending.length > 0) note(`not in force everywhere yet: ${pending.join(", ")}`);
}

/** @throws Problems for a name that no path can hold */
function pathOf(id: string): string {
	if (/^\.{0,2}$/.test(id))
		throw new Problems([
			{
				where: "sessions",
				message: `${JSON.stringify(id)} can't be asked for by its name: give its id, see llmw sessions list`,
			},
		]);
	return `/admin/sessions/${encodeURIComponent(id)}`;
}
