/** What works for an agent through a gateway, found out by asking as it would. */
import type { components } from "../../generated/contract.js";
import { isObject } from "../../json/isObject.js";
import type { GatewayApi } from "../commands/gatewayApi.js";
import { adviceFor } from "./advice.js";
import type { Agent, Finding, OfferedModel } from "./agent.js";
import { type AgentRequests, requestsOf } from "./agentRequests.js";
import { askFor, type Failure, type Turn, takeTurn } from "./agentTurn.js";
import { hintOf } from "./fileChanges.js";

export interface Connection {
	readonly agent: Agent;
	/** The gateway's address, without `/v1`. */
	readonly root: string;
	readonly key: string | undefined;
	/** With what is known of it. */
	readonly model: OfferedModel;
}

export const ok = (check: string, message: string): Finding => ({ check, level: "ok", message });
export const note = (check: string, message: string): Finding => ({ check, level: "note", message });
export const problem = (check: string, message: string): Finding => ({ check, level: "problem", message });

/** The list of models costs nothing, and shows whether the gateway is there and the key good. */
export async function checkAccess(connection: Connection): Promise<Finding[]> {
	return checkList(connection, requestsOf(connection.agent, connection.model.id, connection.key));
}

/** @param administrators tells which upstream has answered; undefined if it can't be asked */
export async function checkConnection(
	connection: Connection,
	administrators: GatewayApi | undefined,
): Promise<Finding[]> {
	const listed = await checkAccess(connection);
	if (listed.some(({ level }) => level === "problem")) return listed;
	return [...listed, ...(await checkTurn(connection, administrators))];
}

export async function checkTurn(connection: Connection, administrators: GatewayApi | undefined): Promise<Finding[]> {
	const { agent, root, key, model } = connection;
	const requests = requestsOf(agent, model.id, key);
	const turn = await takeTurn(root, agent.dialect, requests.turn);
	const found = [...turnFindings(connection, turn), ...clockFindings(turn)];
	if (turn.failure !== undefined) return found;
	return [...found, ...(await countFindings(connection, requests)), ...(await upstreamFindings(turn, administrators))];
}

async function checkList({ agent, root, key, model }: Connection, { list }: AgentRequests): Promise<Finding[]> {
	const answer = await askFor(root, list);
	if ("message" in answer) return [failed(answer.status === undefined ? "gateway" : "key", answer, agent, model.id)];
	const ids = idsIn(answer.json);
	const isThere = ids.some((id) => id === model.id || id.endsWith(`/${model.id}`));
	const count = `${ids.length} model${ids.length === 1 ? "" : "s"}`;
	return [
		ok("key", key === undefined ? "none is needed" : `accepted (${hintOf(key)})`),
		isThere
			? ok("models", `${count}, ${model.id} among them`)
			: note("models", `${count}, but ${model.id} is not listed; a route's pattern may take it all the same`),
	];
}

/** In the shapes of OpenAI's and Anthropic's lists, Codex' catalogue, and Google's. */
function idsIn(list: unknown): string[] {
	if (!isObject(list)) return [];
	const entries = [list.data ?? list.models].flat().filter(isObject);
	return entries.flatMap(({ id, slug, name }) => String(id ?? slug ?? name ?? "") || []);
}

/** @param isAdmitted the gateway has taken the key already */
function failed(check: string, failure: Failure, agent: Agent, model: string, isAdmitted = false): Finding {
	const status = failure.status === undefined || failure.status === 200 ? "" : `${failure.status}: `;
	const advice = adviceFor(failure, { agent, model, isAdmitted });
	return problem(check, `${status}${failure.message}${advice === "" ? "" : `; ${advice}`}`);
}

function turnFindings({ agent, model }: Connection, turn: Turn): Finding[] {
	if (turn.failure !== undefined) return [failed("turn", turn.failure, agent, model.id, true)];
	const usesTools = agent.habits?.usesTools !== false;
	const firstMs = Math.round(turn.firstOutputMs ?? turn.wholeMs);
	const findings = [
		turn.isWhole
			? ok("stream", `first output after ${firstMs} ms, whole after ${Math.round(turn.wholeMs)} ms`)
			: problem("stream", "it ended before the answer was whole"),
	];
	if (!turn.hasText && !turn.hasCall) findings.push(problem("turn", `${model.id} answered with nothing`));
	if (usesTools)
		findings.push(
			turn.hasCall
				? ok("tools", "the model called the tool")
				: note(
						"tools",
						"taken, but the model did not call the tool that it was told to call; agents need a model that does",
					),
		);
	findings.push(turn.hasReasoning ? ok("thinking", "came") : note("thinking", "none came; not every model thinks"));
	return findings;
}

/** Tokens of identity providers, certificates and signed requests fail on machines whose clocks differ. */
const mostClockSeconds = 120;

function clockFindings({ clockAheadSeconds: ahead = 0 }: Turn): Finding[] {
	if (Math.abs(ahead) <= mostClockSeconds) return [];
	return [
		problem(
			"clock",
			`the gateway's is ${Math.abs(ahead)} s ${ahead > 0 ? "ahead of" : "behind"} this machine's; set them by NTP`,
		),
	];
}

async function countFindings({ agent, root, model }: Connection, { count }: AgentRequests): Promise<Finding[]> {
	if (count === undefined) return [];
	const answer = await askFor(root, count);
	if ("message" in answer) return [failed("counting", answer, agent, model.id, true)];
	const { input_tokens: own, totalTokens } = isObject(answer.json) ? answer.json : {};
	const tokens = own ?? totalTokens;
	return [
		typeof tokens === "number" ? ok("counting", `${tokens} tokens`) : problem("counting", "the answer has no count"),
	];
}

/** A request's record is written after its answer. */
const recordTries = 50;
const recordPauseMs = 200;

async function upstreamFindings({ requestId, attempts }: Turn, api: GatewayApi | undefined): Promise<Finding[]> {
	const tried = attempts === undefined ? "" : `; attempts: ${attempts}`;
	for (let tries = 0; api !== undefined && requestId !== undefined && tries < recordTries; tries++) {
		const list = await api
			.ask<components["schemas"]["RequestList"]>("GET", "/admin/requests?limit=20")
			.catch(() => undefined);
		if (list === undefined) break;
		const record = list.data.find((one) => one.request_id === requestId);
		if (record?.upstream)
			return [
				ok(
					"upstream",
					`${record.upstream} answered, with ${record.response_model ?? record.model ?? "its model"}${tried}`,
				),
			];
		await new Promise((resolve) => setTimeout(resolve, recordPauseMs));
	}
	return tried === "" ? [] : [ok("upstream", tried.slice(2))];
}
