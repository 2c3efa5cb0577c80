/** `llmw prompts pull|push|diff DIR`: prompts of a running gateway as YAML files, one for each. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf, type Problem, Problems } from "../../errors/problem.js";
import { unifiedText } from "../../prompts/promptDiff.js";
import { namePattern, type PromptFile, promptFileText, readPromptFile } from "../../prompts/promptFile.js";
import { describePlan, isNothing, type PushPlan, planPush, type RemoteState } from "../../prompts/push.js";
import { shortContent } from "../../prompts/yaml.js";
import { type PromptApi, promptApi } from "./promptApi.js";

export interface PromptsRequest {
	action: string;
	folder: string;
	/** With `/v1`. */
	baseUrl: string;
	key: string | undefined;
	dryRun: boolean;
	force: boolean;
	comment: string;
}

interface Remote extends RemoteState {
	id: string;
	etag: string;
}

/** What was seen when a prompt was last pulled or pushed: what has changed since then is told by it. */
interface Note {
	id: string;
	etag: string;
	/** The file's SHA-256, hexadecimal. */
	file: string;
}

type Notes = Record<string, Record<string, Note>>;
type Print = (line: string) => void;

/** Kept beside the prompts; of no use on other machines. */
const notesFile = ".llmw-prompts.json";

const actions: Record<string, (request: PromptsRequest, api: PromptApi, print: Print) => Promise<void>> = {
	pull,
	push,
	diff,
};

/** @throws Problems, of which differences that `diff` has found are one. */
export async function prompts(request: PromptsRequest, print: Print): Promise<void> {
	const act = Object.hasOwn(actions, request.action) ? actions[request.action] : undefined;
	if (act === undefined || request.folder === "")
		throw new Problems([{ where: "prompts", message: "use llmw prompts pull DIR, push DIR or diff DIR" }]);
	await act(request, promptApi(request.baseUrl, request.key), print);
}

async function pull({ folder, baseUrl, force, dryRun }: PromptsRequest, api: PromptApi, print: Print) {
	const noted = openNotes(folder, baseUrl);
	const problems: Problem[] = [];
	const found = await api.list();
	if (found.length === 0) print("The gateway has no prompts.");
	for (const { name } of found) {
		await attempt(problems, fileOf(folder, name), async (file) => {
			if (!namePattern.test(name)) throw new Error("the gateway's prompt has a name that makes no safe file name");
			const remote = await remoteOf(api, name);
			if (remote === undefined) return;
			const text = textOf(remote);
			const existing = existsSync(file) ? readFileSync(file, "utf8") : undefined;
			if (existing !== undefined && isSame(existing, remote)) {
				print(`${name}: unchanged`);
				noted.set(name, remote, existing);
				return;
			}
			if (existing !== undefined && !force && noted.get(name)?.file !== hashOf(existing))
				throw new Error("has changes of its own; push them, or let pull --force overwrite them");
			if (!dryRun) {
				mkdirSync(folder, { recursive: true });
				writeWhole(file, text);
				noted.set(name, remote, text);
			}
			print(`${name}: ${dryRun ? "would write" : "wrote"} version ${remote.latestVersion}`);
		});
	}
	if (!dryRun && found.length > 0) noted.save();
	finish(problems);
}

async function push({ folder, baseUrl, force, dryRun, comment }: PromptsRequest, api: PromptApi, print: Print) {
	const noted = openNotes(folder, baseUrl);
	const problems: Problem[] = [];
	const files = promptFiles(folder);
	if (files.length === 0) throw new Problems([{ where: folder, message: "holds no prompt (*.yaml)" }]);
	const there = new Set((await api.list()).map(({ name }) => name));
	for (const { name, file } of files) {
		await attempt(problems, file, async () => {
			const text = readFileSync(file, "utf8");
			const local = readNamed(name, text);
			const remote = there.has(name) ? await remoteOf(api, name) : undefined;
			const plan = planPush(local, remote);
			if (isNothing(plan)) {
				print(`${name}: unchanged`);
				if (remote) noted.set(name, remote, text);
				return;
			}
			const seen = noted.get(name);
			if (seen && !force && (seen.id !== remote?.id || seen.etag !== remote.etag))
				throw new Error(
					`the gateway's ${remote ? "has changed" : "is gone"} since it was pulled; see llmw prompts diff, then pull, or push --force`,
				);
			if (dryRun) {
				print(`${name}: would be ${describePlan(plan)}`);
				return;
			}
			const etag = await carryOut(api, name, local, plan, remote?.etag ?? "", comment);
			print(`${name}: ${describePlan(plan)}`);
			const now = await remoteOf(api, name);
			if (now) noted.set(name, { id: now.id, etag }, text);
		});
	}
	if (!dryRun) noted.save();
	finish(problems);
}

/** Each step only while the prompt is as the step before left it. @returns its ETag after the last. */
async function carryOut(
	api: PromptApi,
	name: string,
	{ description, metadata, content }: PromptFile,
	plan: PushPlan,
	seen: string,
	comment: string,
): Promise<string> {
	const version = { ...shortContent(content), ...(comment === "" ? {} : { comment }) };
	let etag = seen;
	if (plan.isNew) etag = await api.create({ name, description, metadata, ...version });
	if (plan.describes) etag = await api.update(name, { description, metadata }, etag);
	if (plan.addsVersion) etag = await api.addVersion(name, version, etag);
	for (const [label, number] of plan.sets) etag = await api.setLabel(name, label, number, etag);
	for (const label of plan.removes) etag = await api.removeLabel(name, label, etag);
	return etag;
}

async function diff({ folder }: PromptsRequest, api: PromptApi, print: Print) {
	const files = promptFiles(folder);
	const there = await api.list();
	const problems: Problem[] = [];
	let differences = 0;
	const differ = (text: string) => {
		differences += 1;
		print(text.trimEnd());
	};
	for (const { name, file } of files) {
		await attempt(problems, file, async () => {
			const text = readFileSync(file, "utf8");
			const local = readNamed(name, text);
			const remote = await remoteOf(api, name);
			if (remote === undefined) {
				differ(`Only in ${folder}: ${name}`);
				return;
			}
			if (isSame(text, remote)) return;
			const there = { ...remote, labels: local.labels === undefined ? undefined : remote.labels };
			differ(unifiedText(promptFileText(there), promptFileText(local), { from: `gateway/${name}`, to: file }));
		});
	}
	const names = new Set(files.map(({ name }) => name));
	for (const { name } of there) if (!names.has(name)) differ(`Only at the gateway: ${name}`);
	if (differences > 0) {
		const message = `${differences} ${differences === 1 ? "prompt differs" : "prompts differ"} from the gateway's`;
		problems.push({ where: folder, message });
	}
	finish(problems);
}

async function remoteOf(api: PromptApi, name: string): Promise<Remote | undefined> {
	const found = await api.find(name);
	if (found === undefined) return undefined;
	const { id, description, metadata, labels, latest_version: latestVersion } = found.prompt;
	const content = await api.content(name, latestVersion);
	return { id, etag: found.etag, description, metadata, labels, latestVersion, content };
}

function textOf({ description, metadata, labels, content }: Remote): string {
	return promptFileText({ description, metadata, labels, content });
}

/** A file with the same content in another form, with comments or without labels, is left as it is. */
function isSame(text: string, remote: Remote): boolean {
	try {
		return isNothing(planPush(readPromptFile(text), remote));
	} catch {
		return false;
	}
}

function readNamed(name: string, text: string): PromptFile {
	if (!namePattern.test(name))
		throw new Error('the file\'s name must be lower-case letters, digits, ".", "_" or "-", and not begin with prompt_');
	return readPromptFile(text);
}

function promptFiles(folder: string): { name: string; file: string }[] {
	let names: string[];
	try {
		names = readdirSync(folder);
	} catch (error) {
		const reason = (error as NodeJS.ErrnoException).code ?? messageOf(error);
		throw new Problems([{ where: folder, message: `can't be read (${reason})` }]);
	}
	return names
		.filter((name) => name.endsWith(".yaml") && !name.startsWith("."))
		.sort()
		.map((name) => ({ name: name.slice(0, -".yaml".length), file: join(folder, name) }));
}

function fileOf(folder: string, name: string): string {
	return join(folder, `${name}.yaml`);
}

/** One prompt that fails keeps no other from being seen to. */
async function attempt(problems: Problem[], file: string, act: (file: string) => Promise<void>): Promise<void> {
	try {
		await act(file);
	} catch (error) {
		const reasons = error instanceof Problems ? error.problems.map(({ message }) => message) : [messageOf(error)];
		problems.push({ where: file, message: reasons.join("; ") });
	}
}

function finish(problems: Problem[]): void {
	if (problems.length > 0) throw new Problems(problems);
}

function openNotes(folder: string, baseUrl: string) {
	const file = join(folder, notesFile);
	const notes = readNotes(file);
	const own = Object.hasOwn(notes, baseUrl) ? (notes[baseUrl] as Record<string, Note>) : {};
	return {
		get: (name: string): Note | undefined => (Object.hasOwn(own, name) ? own[name] : undefined),
		set(name: string, { id, etag }: Pick<Remote, "id" | "etag">, text: string) {
			own[name] = { id, etag, file: hashOf(text) };
		},
		save() {
			mkdirSync(folder, { recursive: true });
			writeWhole(file, `${JSON.stringify({ ...notes, [baseUrl]: own }, null, "\t")}\n`);
		},
	};
}

function readNotes(file: string): Notes {
	if (!existsSync(file)) return {};
	try {
		return JSON.parse(readFileSync(file, "utf8")) as Notes;
	} catch (error) {
		throw new Problems([{ where: file, message: `is not JSON (${messageOf(error)}); remove it to start over` }]);
	}
}

function hashOf(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** Atomic: never half a file. */
function writeWhole(file: string, text: string): void {
	const beside = `${file}.${process.pid}.tmp`;
	writeFileSync(beside, text);
	renameSync(beside, file);
}
