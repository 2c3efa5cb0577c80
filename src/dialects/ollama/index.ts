/** What stands beside Ollama's conversations: which models there are, what is known of them, and which version this is. */
import type { Dialect } from "../dialect.js";
import { ollamaErrors } from "./errors.js";

/** `GET /api/tags`, `POST /api/show`, `GET /api/ps`, `GET /api/version`. */
export const ollamaModels: Dialect = {
	name: "ollama.models",
	isAtRoot: true,
	readsAnyType: true,
	operation: "list_models",
	contentMember: "models",
	usesTokens: false,
	stream: undefined,
	errors: ollamaErrors("models"),
	readWhole: undefined,
	translation: undefined,
};
