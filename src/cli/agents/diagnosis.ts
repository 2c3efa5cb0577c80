/** What is wrong with an agent's configuration, and between it and the gateway, from the nearest to the farthest. */

import { messageOf, Problems } from "../../errors/problem.js";
import { isObject } from "../../json/isObject.js";
import type { GatewayApi } from "../commands/gatewayApi.js";
import { addressFindings, reachableRoot } from "./addressChecks.js";
import { type Agent, type Finding, type Found, type Machine, noKey, type OfferedModel } from "./agent.js";
import { askFor } from "./agentTurn.js";
import { type Connection, checkAccess, checkTurn, note, ok, problem } from "./checks.js";
import { contractFindings } from "./contractChecks.js";
import { hasProblem } from "./findingsTable.js";
import { offersIn, ranked } from "./offers.js";
import { findProgram } from "./program.js";

export interface DiagnosisOptions {
	readonly machine: Machine;
	/** It was asked about, so that it has to be set up for a gateway. */
	readonly isMeant: boolean;
	/** A turn is taken through the gateway. */
	readonly takesTurn: boolean;
	/** The address of the gateway that the settings mean, without `/v1`. */
	readonly usualRoot: string;
	administrators(root: string): Promise<GatewayApi | undefined>;
}

/** Its program or its configuration is on this machine. */
export function isHere(agent: Agent, machine: Machine): boolean {
	try {
		return findProgram(agent, machine) !== undefined || agent.find(machine).baseUrl !== undefined;
	} catch {
		return true;
	}
}

export async function diagnose(agent: Agent, options: DiagnosisOptions): Promise<Finding[]> {
	const { machine } = options;
	const own = [programFinding(agent, machine)];
	let found: Found;
	try {
		found = withoutPlaceholder(agent.find(machine));
	} catch (error) {
		return [...own, problem("configuration", error instanceof Problems ? error.message : messageOf(error))];
	}
	own.push(...found.findings);
	if (found.baseUrl === undefined)
		return [
			...own,
			(options.isMeant ? problem : note)(
				"address",
				`${agent.title} is not set up for a gateway: llmw connect ${agent.name}`,
			),
		];
	const address = addressFindings(agent, found, machine.environment);
	own.push(...address);
	if (!URL.canParse(found.baseUrl)) return own;
	return [...own, ...(await beyond(agent, found, options))];
}

/** What stands for a key where `llmw connect` found that none is needed is none. */
function withoutPlaceholder(found: Found): Found {
	return found.key === noKey ? { ...found, key: undefined } : found;
}

function programFinding(agent: Agent, machine: Machine): Finding {
	const program = findProgram(agent, machine);
	if (program === undefined) return note("program", `${agent.program} is not on the path`);
	return ok("program", program.version === undefined ? program.path : `${program.version} (${program.path})`);
}

/** What only the gateway can say. */
async function beyond(agent: Agent, found: Found, options: DiagnosisOptions): Promise<Finding[]> {
	const root = reachableRoot(found.baseUrl as string);
	const offers = await offersAt(root, found.key);
	const [first] = ranked(offers, agent);
	const id = found.model ?? first?.id ?? "";
	const model: OfferedModel = offers.find((offer) => offer.id === id) ?? { id };
	const connection: Connection = { agent, root, key: found.key, model };
	const access = (await checkAccess(connection)).map((finding) => explained(finding, found, agent));
	if (hasProblem(access)) return [...access, ...(await otherGateway(access, root, options))];
	return [
		...access,
		...modelFindings(agent, found, model),
		...(await contractAt(agent, root)),
		...(options.takesTurn ? await checkTurn(connection, await options.administrators(root)) : []),
	];
}

/** Says where the key is, or would have to be. */
function explained(finding: Finding, { key, keyFrom }: Found, agent: Agent): Finding {
	if (finding.check !== "key" || finding.level === "ok") return finding;
	if (key === undefined)
		return problem("key", `there is none in ${keyFrom}, and this gateway wants one: llmw connect ${agent.name}`);
	return problem("key", `${finding.message} (it is in ${keyFrom})`);
}

/** A gateway that runs elsewhere than the agent asks. */
async function otherGateway(
	access: readonly Finding[],
	root: string,
	{ usualRoot }: DiagnosisOptions,
): Promise<Finding[]> {
	if (root === usualRoot || !access.some(({ check }) => check === "gateway")) return [];
	const answer = await askFor(usualRoot, { method: "GET", path: "/healthz", headers: {} });
	return "message" in answer ? [] : [note("gateway", `one runs at ${usualRoot}`)];
}

async function offersAt(root: string, key: string | undefined): Promise<OfferedModel[]> {
	const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
	const answer = await askFor(root, { method: "GET", path: "/v1/models", headers });
	return "message" in answer ? [] : offersIn(answer.json);
}

/** Instructions and tools of agents alone take up to 30,000 tokens. */
const leastContext = 16_384;
const ampleContext = 32_768;

function modelFindings(agent: Agent, found: Found, { id, context, tools, images }: OfferedModel): Finding[] {
	const findings: Finding[] = [];
	if (found.model === undefined)
		findings.push(note("model", `the configuration names none; ${id} is tried in its place`));
	if (tools === false && agent.habits?.usesTools !== false)
		findings.push(problem("model", `${id} can't call tools, and ${agent.title} does nothing without: choose another`));
	if (context !== undefined && context < leastContext)
		findings.push(
			problem(
				"model",
				`${id} has a context of ${context} tokens, which ${agent.title}'s instructions and tools fill alone`,
			),
		);
	else if (context !== undefined && context < ampleContext)
		findings.push(note("model", `${id} has a context of ${context} tokens, which ${agent.title} fills soon`));
	if (images === false) findings.push(note("model", `${id} takes no images`));
	return findings;
}

async function contractAt(agent: Agent, root: string): Promise<Finding[]> {
	const answer = await askFor(root, { method: "GET", path: "/openapi.json", headers: {} });
	if ("message" in answer || !isObject(answer.json)) return [];
	return contractFindings(agent, answer.json);
}
