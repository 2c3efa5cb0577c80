/** What has to be done at a gateway so that its prompt is what a file says. */
import { isDeepStrictEqual } from "node:util";
import type { PromptContent } from "./promptContent.js";
import { type PromptFile, sameContent } from "./promptFile.js";

/** The prompt as the gateway has it, with the content of its latest version. */
export interface RemoteState {
	description: string;
	metadata: Record<string, string>;
	labels: Record<string, number>;
	latestVersion: number;
	content: PromptContent;
}

export interface PushPlan {
	isNew: boolean;
	describes: boolean;
	addsVersion: boolean;
	/** The version that holds the file's content then. */
	version: number;
	/** Labels to set, in their order in the file. */
	sets: [label: string, version: number][];
	removes: string[];
}

/** @throws Error when a label names a version that there won't be. */
export function planPush(file: PromptFile, remote: RemoteState | undefined): PushPlan {
	const addsVersion = remote !== undefined && !sameContent(file.content, remote.content);
	const version = remote === undefined ? 1 : remote.latestVersion + (addsVersion ? 1 : 0);
	const wanted = Object.entries(file.labels ?? {}).map(([label, named]): [string, number] => {
		if (named === "latest") return [label, version];
		if (named > version) throw new Error(`labels.${label} is version ${named}, but the latest will be ${version}`);
		return [label, named];
	});
	const labels = remote?.labels ?? {};
	return {
		isNew: remote === undefined,
		describes:
			remote !== undefined &&
			!(file.description === remote.description && isDeepStrictEqual(file.metadata, remote.metadata)),
		addsVersion,
		version,
		sets: wanted.filter(([label, number]) => labels[label] !== number),
		removes:
			file.labels === undefined ? [] : Object.keys(labels).filter((label) => !Object.hasOwn(file.labels ?? {}, label)),
	};
}

export function isNothing({ isNew, describes, addsVersion, sets, removes }: PushPlan): boolean {
	return !isNew && !describes && !addsVersion && sets.length === 0 && removes.length === 0;
}

/** `new version 4, production → 4` */
export function describePlan({ isNew, describes, addsVersion, version, sets, removes }: PushPlan): string {
	return [
		...(isNew ? ["new prompt"] : []),
		...(describes ? ["description and metadata"] : []),
		...(addsVersion ? [`new version ${version}`] : []),
		...sets.map(([label, number]) => `${label} → ${number}`),
		...removes.map((label) => `label ${label} removed`),
	].join(", ");
}
