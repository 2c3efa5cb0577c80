/** Which session of which agent a request belongs to, as coding agents say it in their headers and bodies. */
import type { IncomingHttpHeaders } from "node:http";
import { isObject } from "../../json/isObject.js";
import type { SessionHeaders } from "../../settings/sessionHeaders.js";

export interface AgentSession {
	/** As the agent names it, at most 200 characters. */
	readonly id: string;
	/** The program: `claude-code`, `codex`, `opencode`; else the product that `user-agent` begins with. */
	readonly agent: string;
	/** The sub-agent or thread within the session; undefined for the session's own. */
	readonly subagent: string | undefined;
}

const noHeaders: SessionHeaders = { session: undefined, agent: undefined, subagent: undefined };

type Body = Readonly<Record<string, unknown>>;
type Reader = (headers: IncomingHttpHeaders, body: Body | undefined) => AgentSession | undefined;

const maxCharacters = 200;

/** Agents by what only they send; the first that is there counts. */
const readers: readonly Reader[] = [claudeCode, codex, openCode, byUser, byCacheKey];

/** @returns undefined for requests of programs that name no session */
export function agentSessionOf(
	headers: IncomingHttpHeaders,
	body: Body | undefined,
	own: SessionHeaders = noHeaders,
): AgentSession | undefined {
	const id = namedIn(headers, own.session);
	const session =
		id === undefined ? sessionInWords(headers, body) : { id, agent: programOf(headers), subagent: undefined };
	if (session === undefined || (own.agent === undefined && own.subagent === undefined)) return session;
	return {
		id: session.id,
		agent: namedIn(headers, own.agent) ?? session.agent,
		subagent: namedIn(headers, own.subagent) ?? session.subagent,
	};
}

/** @returns the agent of a request that may name no session; undefined for programs that are not known as agents */
export function agentOf(headers: IncomingHttpHeaders, own: SessionHeaders = noHeaders): string | undefined {
	const program = programOf(headers);
	return namedIn(headers, own.agent) ?? (agents.has(program) ? program : undefined);
}

function sessionInWords(headers: IncomingHttpHeaders, body: Body | undefined): AgentSession | undefined {
	for (const read of readers) {
		const session = read(headers, body);
		if (session !== undefined) return session;
	}
	return undefined;
}

function namedIn(headers: IncomingHttpHeaders, header: string | undefined): string | undefined {
	return header === undefined ? undefined : named(headers[header]);
}

function claudeCode(headers: IncomingHttpHeaders): AgentSession | undefined {
	const id = named(headers["x-claude-code-session-id"]);
	return id === undefined
		? undefined
		: { id, agent: "claude-code", subagent: named(headers["x-claude-code-agent-id"]) };
}

function codex(headers: IncomingHttpHeaders): AgentSession | undefined {
	const id = named(headers["session-id"]) ?? named(headers.session_id);
	if (id === undefined) return undefined;
	const thread = named(headers["thread-id"]);
	const subagent =
		named(headers["x-openai-subagent"]) ?? codexAgentName(headers) ?? (thread === id ? undefined : thread);
	return { id, agent: headers.originator === undefined ? programOf(headers) : "codex", subagent };
}

/** Codex calls its agents by paths: `/root` is the session's own, `/root/reviewer` one that it has started. */
function codexAgentName(headers: IncomingHttpHeaders): string | undefined {
	const metadata = headers["x-codex-turn-metadata"];
	if (typeof metadata !== "string") return undefined;
	const name = /"agent_name" *: *"\/root\/([^"\\]+)"/.exec(metadata)?.[1];
	return named(name);
}

function openCode(headers: IncomingHttpHeaders): AgentSession | undefined {
	const id = named(headers["x-session-id"]) ?? named(headers["x-session-affinity"]);
	return id === undefined ? undefined : { id, agent: programOf(headers), subagent: undefined };
}

/** `metadata.user_id` is JSON in a string, or in older versions `user_…_session_UUID`. */
function byUser(headers: IncomingHttpHeaders, body: Body | undefined): AgentSession | undefined {
	const user = isObject(body?.metadata) ? body.metadata.user_id : undefined;
	if (typeof user !== "string") return undefined;
	const id = named(/"session_id" *: *"([^"\\]+)"/.exec(user)?.[1] ?? /_session_([\w-]+)$/.exec(user)?.[1]);
	return id === undefined ? undefined : { id, agent: programOf(headers), subagent: undefined };
}

/** A key of the prompt cache is a session's where an agent sends it without a header. */
function byCacheKey(headers: IncomingHttpHeaders, body: Body | undefined): AgentSession | undefined {
	const id = named(body?.prompt_cache_key);
	return id === undefined ? undefined : { id, agent: programOf(headers), subagent: undefined };
}

function named(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value.slice(0, maxCharacters) : undefined;
}

/** Products by which agents are known under another name. */
const products: Readonly<Record<string, string>> = {
	"claude-cli": "claude-code",
	codex_exec: "codex",
	codex_cli_rs: "codex",
	"GeminiCLI-tui": "gemini-cli",
	GeminiCLI: "gemini-cli",
};

/** What these make are agents' requests, with or without a session. */
const agents: ReadonlySet<string> = new Set([...Object.values(products), "opencode"]);

/** @returns the product that `user-agent` begins with, by the name that agents are known by */
export function programOf({ "user-agent": userAgent = "" }: IncomingHttpHeaders): string {
	const product = /^[\w.-]{1,40}/.exec(userAgent)?.[0] ?? "unknown";
	return products[product] ?? product;
}
