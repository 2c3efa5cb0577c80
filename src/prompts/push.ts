/** Plans the changes that make a gateway's prompt match a file. */
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
	/** The version that has the file's content afterwards. */
	version: number;
	/** Labels to set, in their order in the file. */
	sets: [label: string, version: number][];
	removes: string[];
}

/** @throws Error if a label names a version that won't exist */
export function planPush(file: PromptFile, remote: RemoteState | undefined): PushPlan {
	const addsVersion = remote !== undefined && !sameContent(file.content, remote.content);
	const version = remote === undefined ? 1 : remote.latestVersion + (addsVersion ? 1 : 0);
	const labelVersions = Object.entries(file.labels ?? {}).map(([label, target]): [string, number] => {
		if (target === "latest") return [label, version];
		if (target > version) throw new Error(`labels.${label} is version ${target}, but the latest will be ${version}`);
		return [label, target];
	});
	const labels = remote?.labels ?? {};
	return {
		isNew: remote === undefined,
		describes:
			remote !== undefined &&
			!(file.description === remote.description && isDeepStrictEqual(file.metadata, remote.metadata)),
		addsVersion,
		version,
		sets: labelVersions.filter(([label, number]) => labels[label] !== number),
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
