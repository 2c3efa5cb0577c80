/** Bounds and defaults of a gateway's contract that are too narrow for agents. */
import { isObject } from "../../json/isObject.js";
import { parseDurationMs } from "../../settings/quantity.js";
import { valueAt } from "../configText/configText.js";
import type { Agent, AgentDialect, Finding } from "./agent.js";
import { ok, problem } from "./checks.js";

const paths: Record<AgentDialect, string> = {
	messages: "/v1/messages",
	responses: "/v1/responses",
	gemini: "/v1beta/models/{model}:streamGenerateContent",
	chat: "/v1/chat/completions",
};

/** An agent asks 20 to 200 times for a task. */
const fewestPerHour = 240;
/** Shorter answers end in the middle of a file. */
const shortestAnswer = 2048;

/** @param contract as the gateway serves it at `/openapi.json` */
export function contractFindings(agent: Agent, contract: unknown): Finding[] {
	const operation = valueAt(contract, ["paths", paths[agent.dialect], "post"]);
	const properties = valueAt(schemaOf(contract, operation), ["properties"]);
	const found = [
		...defaultFindings(agent, properties),
		...temperatureFindings(agent, properties),
		...rateFindings(contract, operation),
	];
	return found.length === 0 ? [ok("contract", "takes what the agent sends")] : found;
}

function schemaOf(contract: unknown, operation: unknown): unknown {
	const schema = valueAt(operation, ["requestBody", "content", "application/json", "schema"]);
	const reference = isObject(schema) ? schema.$ref : undefined;
	return typeof reference === "string" ? valueAt(contract, reference.replace(/^#\//, "").split("/")) : schema;
}

const openai = "start llmw with --contract openai, or write `contract: openai` in its configuration file";

function defaultFindings({ title, limitsAnswers }: Agent, properties: unknown): Finding[] {
	const byDefault = ["max_tokens", "max_completion_tokens"].map((name) => valueAt(properties, [name, "x-default"]));
	const least = byDefault.find((value) => typeof value === "number" && value < shortestAnswer);
	if (limitsAnswers || least === undefined) return [];
	return [
		problem("contract", `answers end after ${least} tokens, since ${title} doesn't say how many it wants; ${openai}`),
	];
}

function temperatureFindings({ title, habits }: Agent, properties: unknown): Finding[] {
	const sent = valueAt(habits?.members, ["temperature"]);
	const [least, most] = ["minimum", "maximum"].map((name) => valueAt(properties, ["temperature", name]));
	const isLow = typeof least === "number" && Number(sent) < least;
	const isHigh = typeof most === "number" && Number(sent) > most;
	if (sent === undefined || !(isLow || isHigh)) return [];
	return [
		problem(
			"contract",
			`${title} asks with a temperature of ${sent}, and the gateway takes ${least} to ${most}; ${openai}`,
		),
	];
}

function rateFindings(contract: unknown, operation: unknown): Finding[] {
	const limit = valueAt(operation, ["x-rate-limit"]) ?? valueAt(contract, ["x-rate-limit"]);
	if (!isObject(limit) || typeof limit.max !== "number") return [];
	const window = String(limit.window);
	const perHour = (limit.max * 3_600_000) / durationOr(window, 3_600_000);
	if (perHour >= fewestPerHour) return [];
	return [
		problem(
			"contract",
			`only ${limit.max} requests in ${window}, and an agent asks 20 to 200 times for a task; raise x-rate-limit by an overlay, or give the key a limit of its own`,
		),
	];
}

function durationOr(text: string, otherwise: number): number {
	try {
		return parseDurationMs(text) || otherwise;
	} catch {
		return otherwise;
	}
}
