/** Writes a set-up into an agent's files, and takes it back: after a look at the changes, and a yes to them. */
import { Problems } from "../../errors/problem.js";
import type { AgentFile } from "./agent.js";
import { changesOf, diffOf, type FileChange, newestCopy, putBack, writeChange } from "./fileChanges.js";
import { textOf } from "./machine.js";

export interface Consent {
	print(text: string): void;
	note(line: string): void;
	/** Undefined if nobody is there to answer. */
	readonly ask: ((question: string) => Promise<string>) | undefined;
	/** Said on the command line. */
	readonly isGiven: boolean;
}

/** Shows what would change. @returns whether it may be written */
export async function agree(changes: readonly FileChange[], consent: Consent, question: string): Promise<boolean> {
	for (const change of changes) consent.print(diffOf(change));
	if (changes.length === 0 || consent.isGiven) return true;
	if (consent.ask === undefined) {
		consent.note("nothing was written; --yes writes it without a question");
		return false;
	}
	const isAgreed = /^y(es)?$/i.test((await consent.ask(`${question} [y/N] `)).trim());
	if (!isAgreed) consent.note("nothing was written");
	return isAgreed;
}

/** @throws Problems */
export function writeAll(files: readonly AgentFile[], { print, note }: Consent): void {
	const stamp = stampOf(new Date());
	const changes = changesOf(files);
	for (const change of changes) {
		const copy = writeChange(change, stamp);
		print(`wrote ${change.path}${copy === undefined ? "" : ` (what was there is in ${copy})`}`);
	}
	if (changes.length === 0) note("all of it is there already; nothing was written");
}

/** @returns whether it was done @throws Problems if there is no copy */
export async function takeBack(files: readonly AgentFile[], consent: Consent): Promise<boolean> {
	const copies = files.flatMap(({ path, format, holdsKey = false }) => {
		const copy = newestCopy(path);
		return copy === undefined
			? []
			: [{ path, format, holdsKey, copy, before: textOf(path), after: textOf(copy) ?? "" }];
	});
	if (copies.length === 0)
		throw new Problems([
			{ where: "--undo", message: `there is no copy beside ${files.map(({ path }) => path).join(", ")}` },
		]);
	if (!(await agree(copies, consent, "Put this back?"))) return false;
	for (const { path, copy } of copies) {
		putBack(path, copy);
		consent.print(`put back ${path}`);
	}
	for (const { path } of files)
		if (!copies.some((one) => one.path === path) && textOf(path) !== undefined)
			consent.note(`${path} was new, and is still there; remove it if nothing else needs it`);
	return true;
}

/** `20261129T141500Z` */
function stampOf(date: Date): string {
	return date.toISOString().replace(/[-:]|\.\d+/g, "");
}
