/** Ollama's own embeddings: `POST /api/embed`, and the older `/api/embeddings` for one text. */
import type { Dialect } from "../dialect.js";
import { ollamaErrors } from "../ollama/errors.js";
import { countMembers } from "../ollama/members.js";
import { single, translation } from "./translation.js";

export const ollamaEmbed: Dialect = {
	name: "ollama.embed",
	isAtRoot: true,
	readsAnyType: true,
	operation: "embeddings",
	contentMember: "embeddings",
	countMembers,
	stream: undefined,
	errors: ollamaErrors("embeddings"),
	readWhole: undefined,
	translation: undefined,
	embeddings: translation,
};

export const ollamaEmbeddings: Dialect = {
	name: "ollama.embeddings",
	isAtRoot: true,
	readsAnyType: true,
	operation: "embeddings",
	contentMember: "embedding",
	stream: undefined,
	errors: ollamaErrors("embedding"),
	readWhole: undefined,
	translation: undefined,
	embeddings: single,
};
