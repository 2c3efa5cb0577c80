/** `llmw check --live`: asks each upstream one cheap question, for its models, and tells what it has found. */
import { type Problem, Problems } from "../../errors/problem.js";
import { foundProvider } from "../../providers/providers.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import { askForModels } from "../../upstream/listedModels/ask.js";
import { table } from "./table.js";

const timeoutMs = 10_000;

/** @throws Problems of upstreams that can't be used as they are configured */
export async function checkLive(upstreams: readonly UpstreamSettings[], print: (text: string) => void): Promise<void> {
	const found = await Promise.all(upstreams.map(ask));
	const rows = found.flatMap(({ row }) => (row === undefined ? [] : [row]));
	if (rows.length > 0) print(table([["upstream", "provider", "speaks", "models"], ...rows]));
	const problems = found.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
	if (problems.length > 0) throw new Problems(problems);
}

async function ask(upstream: UpstreamSettings): Promise<{ row?: string[]; problem?: Problem }> {
	const { list, server, trouble } = await askForModels(upstream, timeoutMs);
	if (trouble !== undefined)
		return { problem: { where: `the upstream ${upstream.name} (${upstream.url})`, message: trouble } };
	const { name, dialects } = foundProvider(upstream, server);
	const isFound = server?.provider !== undefined && name !== upstream.provider;
	const models = list === undefined ? [] : [...list.chat, ...list.others];
	return {
		row: [
			upstream.name,
			isFound ? `${name} (found)` : name,
			dialects.map((dialect) => dialect.name).join(", "),
			list === undefined ? "lists none" : describe(models),
		],
	};
}

function describe(models: readonly string[]): string {
	const [first] = models;
	if (first === undefined) return "none";
	return models.length === 1 ? first : `${first} and ${models.length - 1} more`;
}
