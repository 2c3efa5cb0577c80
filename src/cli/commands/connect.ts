/** `llmw connect`: sets an agent up for a running gateway, and takes a turn as the agent would. */
import { Problems } from "../../errors/problem.js";
import { isSecret } from "../../keys/secret.js";
import { type Access, accessFor, administratorsOf, gatewayAddress, makeKey, rootOf } from "../agents/access.js";
import type { Agent, Machine, OfferedModel, SetUp } from "../agents/agent.js";
import { agentNamed, agents } from "../agents/agents.js";
import { checkConnection } from "../agents/checks.js";
import { changesOf, hintOf } from "../agents/fileChanges.js";
import { findingsTable, hasProblem } from "../agents/findingsTable.js";
import { thisMachine } from "../agents/machine.js";
import { type Choice, choose, offersForAdministrators, offersIn, permitted, ranked } from "../agents/offers.js";
import { findProgram } from "../agents/program.js";
import { exportLines, setUpText } from "../agents/showing.js";
import { agree, type Consent, takeBack, writeAll } from "../agents/writing.js";
import { gatewayApi } from "./gatewayApi.js";
import { optionReader } from "./ownOptions.js";
import { table } from "./table.js";

type Flags = Readonly<Record<string, unknown>>;

export type ConnectOutput = Omit<Consent, "isGiven">;

interface Connecting {
	readonly agent: Agent;
	readonly machine: Machine;
	readonly flags: Flags;
	readonly gatewayUrl: string;
	readonly output: Consent;
}

/** Stands in diffs for a key that is made once the diff is agreed to. */
const keyToCome = "(a new key)";

/**
 * @param words the words after `connect`: the agent's name, or none for a list
 * @param gatewayUrl asked where there is no `--url`
 * @returns the exit code: 1 if something doesn't work, or wasn't agreed to
 * @throws Problems
 */
export async function connect(
	[name, ...more]: readonly string[],
	flags: Flags,
	gatewayUrl: string,
	output: ConnectOutput,
): Promise<number> {
	if (more.length > 0)
		throw new Problems([{ where: "connect", message: `${more[0]}: unexpected argument; see llmw connect --help` }]);
	const machine = thisMachine(process.env);
	if (name === undefined) return listAgents(machine, output);
	const agent = agentNamed(name, "connect");
	const connecting = { agent, machine, flags, gatewayUrl, output: { ...output, isGiven: flags.yes === "true" } };
	return flags.undo === "true" ? undo(connecting) : setUp(connecting);
}

function listAgents(machine: Machine, { print, note }: ConnectOutput): number {
	const rows = agents.map((agent) => {
		const program = findProgram(agent, machine);
		const version = program?.version ?? (program === undefined ? "–" : "installed");
		return [agent.name, agent.title, version, addressNow(agent, machine)];
	});
	print(table([["AGENT", "NAME", "VERSION", "ASKS"], ...rows]));
	note("llmw connect AGENT shows how one is set up for the gateway, and with --write it does so");
	return 0;
}

function addressNow(agent: Agent, machine: Machine): string {
	try {
		return agent.find(machine).baseUrl ?? "–";
	} catch {
		return "can't be read";
	}
}

async function setUp(connecting: Connecting): Promise<number> {
	const { agent, machine, flags, gatewayUrl, output } = connecting;
	const root = rootOf(gatewayAddress(flags, gatewayUrl).baseUrl);
	const access = await accessFor(agent, agent.find(machine), flags, gatewayUrl, output);
	if (access.kind === "keyless") output.note("this gateway has no keys, so none is needed");
	const choice = await chosenModels(connecting, access, root);
	const planFor = (key: string | undefined) => agent.setUp({ root, key, ...choice }, machine);
	const isWritten = flags.write === "true";
	if (isWritten && !(await agree(changesOf(planFor(keyBefore(access)).files), output, "Write this?"))) return 1;
	const key = await keyNow(access, output, (given) => put(planFor(given), isWritten, output));
	output.note(`it is started by: ${agent.start}`);
	return flags["skip-test"] === "true" ? 0 : test(connecting, root, key, choice.model);
}

function keyBefore(access: Access): string | undefined {
	return access.kind === "new" ? keyToCome : access.kind === "key" ? access.key : undefined;
}

/** Makes the key if there has to be one; it is gone again if it can't be put anywhere. */
async function keyNow(
	access: Access,
	{ note }: Consent,
	use: (key: string | undefined) => void,
): Promise<string | undefined> {
	if (access.kind !== "new") {
		const key = access.kind === "key" ? access.key : undefined;
		use(key);
		return key;
	}
	const made = await makeKey(access);
	try {
		use(made.secret);
	} catch (error) {
		await made.revoke();
		throw error;
	}
	note(`made the key ${made.name}; llmw keys show ${made.name} says what it may do`);
	return made.secret;
}

function put({ files, variables = {}, notes = [], ...plan }: SetUp, isWritten: boolean, output: Consent): void {
	if (isWritten) writeAll(files, output);
	else output.print(setUpText({ files, variables, ...plan }));
	if (isWritten && Object.keys(variables).length > 0)
		output.print(["# in the environment:", ...exportLines(variables)].join("\n"));
	for (const note of notes) output.note(note);
}

async function chosenModels({ agent, flags, output }: Connecting, access: Access, root: string): Promise<Choice> {
	const read = optionReader(flags, process.env);
	const named = { model: read("model", String), small: read("small-model", String) };
	const listed = offersOf(access, root);
	// A model that is named needs no list.
	const offers = ranked(await (named.model === undefined ? listed : listed.catch(() => [])), agent);
	const choice = choose(offers, named);
	const { model, models } = choice;
	if (named.model !== undefined || models.length === 1) return choice;
	if (output.ask === undefined || output.isGiven) {
		output.note(`takes ${model.id} of ${offers.length} models; --model names another`);
		return choice;
	}
	output.note(models.map(({ id }, index) => `${index + 1}  ${id}`).join("\n"));
	const answer = (await output.ask(`Which model? [1] `)).trim();
	const picked = answer === "" ? model.id : (models[Number(answer) - 1]?.id ?? answer);
	return choose(offers, { ...named, model: picked });
}

async function offersOf(access: Access, root: string): Promise<OfferedModel[]> {
	if (access.kind === "new") {
		const { models } = access.members as { models?: readonly string[] };
		return permitted(await offersForAdministrators(access.api), models);
	}
	const key = access.kind === "key" ? access.key : undefined;
	return offersIn(await gatewayApi({ baseUrl: `${root}/v1`, key }, () => {}).ask("GET", "/models"));
}

async function test(
	{ agent, flags, gatewayUrl, output }: Connecting,
	root: string,
	key: string | undefined,
	model: OfferedModel,
): Promise<number> {
	output.note(`a turn as ${agent.title} takes it, with ${model.id}:`);
	const administrators = await administratorsOf(flags, gatewayUrl);
	const findings = await checkConnection({ agent, root, key, model }, administrators);
	output.print(findingsTable(findings));
	return hasProblem(findings) ? 1 : 0;
}

async function undo({ agent, machine, output }: Connecting): Promise<number> {
	const any = { id: "any", context: 1 };
	const { files } = agent.setUp({ root: "", key: keyToCome, model: any, small: any, models: [any] }, machine);
	const before = keyOf(agent, machine);
	if (!(await takeBack(files, output))) return 1;
	if (before !== undefined && before !== keyOf(agent, machine))
		output.note(
			`the key ${hintOf(before)} that it had is still valid; llmw keys list shows it, and llmw keys revoke ends it`,
		);
	return 0;
}

/** The gateway's key that an agent has; undefined also where its files can't be read. */
function keyOf(agent: Agent, machine: Machine): string | undefined {
	try {
		const { key } = agent.find(machine);
		return key !== undefined && isSecret(key) ? key : undefined;
	} catch {
		return undefined;
	}
}
