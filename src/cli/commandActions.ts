/** Commands' actions: each loads its own code only when called. */

import { Problems } from "../errors/problem.js";
import { terminalBlock } from "../logging/terminalText.js";
import { type Flags, fail, lines, progress } from "./commandRun.js";
import { gatewayUrl, listenAddress } from "./commands/gatewayUrl.js";
import { reportProblems } from "./commands/serve.js";

export async function runChat(prompt: string | undefined, flags: Flags): Promise<void> {
	const { chat, readChatOptions, readPrompt } = await import("./commands/chat.js");
	const { note } = lines;
	const options = readChatOptions(flags, process.env, await gatewayUrl(flags, process.env));
	const words = wordsOf([prompt, ...flags._]);
	const text = await readPrompt(words, note);
	if (text === "") throw new Problems([{ where: "chat", message: 'nothing to say; try llmw chat "Hello AI"' }]);
	const ending = await chat(
		{ ...options, prompt: text },
		(piece) => void process.stdout.write(process.stdout.isTTY ? terminalBlock(piece) : piece),
	);
	if (ending !== undefined) note(ending);
}

export async function runCompletions(word: string | undefined, flags: Flags): Promise<void> {
	const { completions } = await import("./commands/completions.js");
	const words = wordsOf([word, ...flags._]);
	await completions(words, flags, await gatewayUrl(flags, process.env), lines);
}

export async function runResponses(word: string | undefined, flags: Flags): Promise<void> {
	const { responses } = await import("./commands/responses.js");
	await responses(wordsOf([word, ...flags._]), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runConversations(word: string | undefined, flags: Flags): Promise<void> {
	const { conversations } = await import("./commands/conversations.js");
	await conversations(wordsOf([word, ...flags._]), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runFiles(word: string | undefined, flags: Flags): Promise<void> {
	const { files } = await import("./commands/files.js");
	await files(wordsOf([word, ...flags._]), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runKeys(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { keys } = await import("./commands/keys.js");
	await keys(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runAudit(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { audit } = await import("./commands/audit.js");
	await audit(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runCache(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { cache } = await import("./commands/cache.js");
	await cache(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runSessions(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { sessions } = await import("./commands/sessions.js");
	await sessions(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runWebhooks(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { webhooks } = await import("./commands/webhooks.js");
	await webhooks(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runBatches(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { batches } = await import("./commands/batches.js");
	await batches(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runLessons(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { lessons } = await import("./commands/lessons.js");
	await lessons(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

/** The words of a command that were written; sade passes undefined for the others. */
export function wordsOf(words: readonly (string | undefined)[]): string[] {
	return words.filter((word) => word !== undefined);
}

export async function runUi(flags: Flags): Promise<void> {
	const { ui } = await import("./commands/ui.js");
	await ui(await listenAddress(flags, process.env), lines);
}

export async function runStatus(flags: Flags): Promise<void> {
	const { status } = await import("./commands/control.js");
	const [json, watch] = ["json", "watch"].map((name) => flags[name] === "true") as [boolean, boolean];
	const clear = () => void process.stdout.write(process.stdout.isTTY ? "\u001b[2J\u001b[H" : "");
	await status(await listenAddress(flags, process.env), { json, watch, clear }, lines.print);
}

export async function runHealth(flags: Flags): Promise<void> {
	const { health } = await import("./commands/health.js");
	const isNamed = flags.bindip !== undefined || flags.bindport !== undefined;
	lines.print(await health(await listenAddress(flags, process.env), isNamed));
}

export async function runReplay(flags: Flags): Promise<void> {
	if (flags._.length > 0) fail(`${flags._[0]}: unexpected argument; see llmw replay --help`);
	const { replay } = await import("./commands/replay.js");
	await replay(flags, await gatewayUrl(flags, process.env), { ...lines, progress });
}

export async function runDiff(words: (string | undefined)[], flags: Flags): Promise<number> {
	const [before, after, more] = wordsOf(words);
	if (more !== undefined) fail(`${more}: unexpected argument; see llmw diff --help`);
	if (before !== undefined && after === undefined) fail("diff: say llmw diff OLD.yaml NEW.yaml");
	try {
		const { diffFiles, diffRunning } = await import("./commands/diff.js");
		if (before === undefined || after === undefined) return await diffRunning(flags, process.env, lines);
		return await diffFiles([before, after], flags, process.env, lines);
	} catch (error) {
		reportProblems(error);
		return 2;
	}
}

export async function runPrompts(
	[action = "", folder = "", ...more]: (string | undefined)[],
	flags: Flags,
): Promise<void> {
	if (more.length > 0) fail(`${more[0]}: unexpected argument; see llmw prompts --help`);
	const [{ prompts }, { readChatOptions }] = await Promise.all([
		import("./commands/prompts.js"),
		import("./commands/chat.js"),
	]);
	const { baseUrl, key } = readChatOptions(flags, process.env, await gatewayUrl(flags, process.env));
	const comment = String([flags.comment ?? ""].flat().at(-1));
	const [dryRun, force] = ["dry-run", "force"].map((name) => flags[name] === "true") as [boolean, boolean];
	await prompts({ action, folder, baseUrl, key, comment, dryRun, force }, lines.print);
}

export async function runModels(words: (string | undefined)[], flags: Flags): Promise<void> {
	const { models } = await import("./commands/models.js");
	await models(wordsOf(words), flags, await gatewayUrl(flags, process.env), lines);
}

export async function runUsage(command: "usage" | "requests", flags: Flags): Promise<void> {
	const { refuseWords, requests, usage } = await import("./commands/usage.js");
	refuseWords(command, flags._);
	const url = await gatewayUrl(flags, process.env);
	if (command === "requests") await requests(flags, url, lines);
	else await usage(flags, url, Date.now(), lines);
}

export async function runConnect(words: (string | undefined)[], flags: Flags): Promise<number> {
	const [{ connect }, { askAtTerminal }] = await Promise.all([
		import("./commands/connect.js"),
		import("./askAtTerminal.js"),
	]);
	return connect(wordsOf(words), flags, await gatewayUrl(flags, process.env), { ...lines, ask: askAtTerminal() });
}

export async function runDoctor(flags: Flags): Promise<number> {
	const { doctor } = await import("./commands/doctor.js");
	return doctor(flags._, flags, await gatewayUrl(flags, process.env), lines);
}
