/** Finds the version that a request refers to, and caches compiled versions. */

import { GatewayError } from "../errors/gatewayError.js";
import { notFound } from "../errors/notFound.js";
import type { PromptRecord, PromptStore } from "../store/store.js";
import { type CompiledPrompt, compilePrompt } from "./compiledPrompt.js";
import { createCache } from "./promptCache.js";
import type { PromptContent } from "./promptContent.js";

/** With neither version nor label: the version labelled `production`, or the latest. */
export interface PromptReference {
	/** Id or name. */
	id: string;
	version?: number | undefined;
	label?: string | undefined;
}

export interface FoundPrompt {
	record: PromptRecord;
	number: number;
	compiled: CompiledPrompt;
}

export interface PromptLibrary {
	/**
	 * Finds a prompt's version. Names and labels are read from the store each time, so that changes take effect at once in every
	 * worker; a version is read once, since it never changes.
	 *
	 * @param place prefix of parameters in error messages: `prompt.` in a chat completion
	 * @throws GatewayError 404 that names the missing prompt, version or label
	 */
	find(owner: string, reference: PromptReference, place: string): Promise<FoundPrompt>;
}

/** The label that is used if a request gives neither a version nor a label. */
const defaultLabel = "production";
/** Always refers to the newest version, and can't be set. */
export const latestLabel = "latest";

/** Limit of the cached contents in characters; each takes a handful of bytes in memory. */
const maxCachedCharacters = 16 * 1024 * 1024;

export function createPromptLibrary(prompts: PromptStore): PromptLibrary {
	const cache = createCache<CompiledPrompt>(maxCachedCharacters);
	const compiledVersion = async (owner: string, { id, name, latestVersion }: PromptRecord, number: number) => {
		const key = `${id}@${number}`;
		const cached = cache.get(key);
		if (cached) return cached;
		const version = await prompts.version(owner, id, number);
		if (version === undefined) throw noVersion(name, number, latestVersion);
		const compiled = compilePrompt(version.content as PromptContent);
		cache.set(key, compiled, JSON.stringify(version.content).length);
		return compiled;
	};
	return {
		async find(owner, reference, place) {
			const record = await prompts.find(owner, reference.id, { deleted: true });
			try {
				if (record === undefined) throw noPrompt(reference.id);
				if (record.deletedAt !== undefined && reference.version === undefined) throw deletedPrompt(record);
				const number = resolveVersion(record, reference);
				return { record, number, compiled: await compiledVersion(owner, record, number) };
			} catch (error) {
				throw error instanceof GatewayError ? withPlace(error, place) : error;
			}
		},
	};
}

/** @returns the version's number. @throws GatewayError 404 that names the label, with the parameter `label` */
export function resolveVersion(record: PromptRecord, { version, label }: Omit<PromptReference, "id">): number {
	if (version !== undefined) return version;
	if (label === latestLabel) return record.latestVersion;
	const number = labelled(record, label ?? defaultLabel);
	if (number !== undefined) return number;
	if (label === undefined) return record.latestVersion;
	throw noLabel(record, label);
}

function labelled({ labels }: PromptRecord, label: string): number | undefined {
	return Object.hasOwn(labels, label) ? labels[label] : undefined;
}

export function noPrompt(idOrName: string): GatewayError {
	return notFound(`There is no prompt '${idOrName}'.`, "prompt_not_found", "id");
}

export function noVersion(name: string, number: number, latest: number): GatewayError {
	const message = `Prompt '${name}' has no version ${number}; its latest is ${latest}.`;
	return notFound(message, "prompt_version_not_found", "version");
}

export function noLabel({ name, labels }: PromptRecord, label: string): GatewayError {
	const names = Object.keys(labels);
	const existing = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
	return notFound(`Prompt '${name}' has no label '${label}'; ${existing}.`, "prompt_label_not_found", "label");
}

function deletedPrompt({ name }: PromptRecord): GatewayError {
	const message = `Prompt '${name}' is deleted; its versions can still be named by number.`;
	return notFound(message, "prompt_deleted", "id");
}

function withPlace(error: GatewayError, place: string): GatewayError {
	const { status, message, code, param } = error;
	return new GatewayError(status, message, { code: code ?? "", param: `${place}${param ?? ""}` });
}
