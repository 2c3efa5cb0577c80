/** Prompts and versions as API resources. */
import type { components } from "../generated/contract.js";
import type { PromptRecord, PromptVersionRecord } from "../store/store.js";
import type { PromptContent } from "./promptContent.js";

type Schemas = components["schemas"];

export function promptResource(record: PromptRecord): Schemas["Prompt"] {
	return {
		id: record.id,
		object: "prompt",
		name: record.name,
		description: record.description,
		metadata: record.metadata,
		created_at: record.createdAt,
		updated_at: record.updatedAt,
		deleted_at: record.deletedAt ?? null,
		latest_version: record.latestVersion,
		labels: record.labels,
	};
}

export function versionResource(record: PromptVersionRecord): Schemas["PromptVersion"] {
	const { messages, variables, parameters } = record.content as PromptContent;
	return {
		id: versionId(record.promptId, record.number),
		object: "prompt.version",
		prompt_id: record.promptId,
		version: record.number,
		comment: record.comment,
		created_at: record.createdAt,
		messages,
		variables,
		parameters,
	};
}

export function versionId(promptId: string, number: number): string {
	return `${promptId}@${number}`;
}
