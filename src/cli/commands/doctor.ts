/** `llmw doctor`: finds what keeps agents from working with a gateway. */
import { Problems } from "../../errors/problem.js";
import { terminalJson } from "../../logging/terminalText.js";
import { administratorsOf, gatewayAddress, rootOf } from "../agents/access.js";
import type { Agent, Finding } from "../agents/agent.js";
import { agentNamed, agents } from "../agents/agents.js";
import { type DiagnosisOptions, diagnose, isHere } from "../agents/diagnosis.js";
import { findingsTable, hasProblem } from "../agents/findingsTable.js";
import { thisMachine } from "../agents/machine.js";
import type { Output } from "./output.js";
import { optionReader } from "./ownOptions.js";

type Flags = Readonly<Record<string, unknown>>;

/**
 * @param gatewayUrl the gateway that is meant where there is no `--url`
 * @returns the exit code: 1 if something is wrong
 * @throws Problems
 */
export async function doctor(
	[word]: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	{ print, note }: Output,
): Promise<number> {
	if (word !== undefined)
		throw new Problems([{ where: "doctor", message: `${word}: unexpected argument; an agent is named by --client` }]);
	const machine = thisMachine(process.env);
	const name = optionReader(flags, {})("client", String);
	const named = name === undefined ? undefined : agentNamed(name, "--client");
	const patients = named === undefined ? agents.filter((agent) => isHere(agent, machine)) : [named];
	const usualRoot = rootOf(gatewayAddress(flags, gatewayUrl).baseUrl);
	const options: DiagnosisOptions = {
		machine,
		isMeant: named !== undefined,
		takesTurn: flags["skip-turn"] !== "true",
		usualRoot,
		administrators: async (root) => (root === usualRoot ? administratorsOf(flags, gatewayUrl) : undefined),
	};
	if (patients.length === 0) note("no agent is on this machine; llmw connect lists those that are known");
	let isWell = true;
	for (const agent of patients) {
		const findings = await diagnose(agent, options);
		isWell &&= !hasProblem(findings);
		print(
			flags.json === "true" ? findings.map((finding) => asJson(agent, finding)).join("\n") : asText(agent, findings),
		);
	}
	return isWell ? 0 : 1;
}

function asJson({ name }: Agent, finding: Finding): string {
	return terminalJson({ client: name, ...finding });
}

function asText({ title }: Agent, findings: readonly Finding[]): string {
	return `${title}\n${findingsTable(findings)}`;
}
