/** Jina's rerankings, `POST /v1/rerank`. vLLM, llama.cpp, LiteLLM and most others have the same shape. */
import { cohereRerank } from "../cohereRerank/index.js";
import type { Dialect, Json } from "../dialect.js";
import { openaiErrors } from "../openai/errors.js";
import { rerankDialect } from "../rerank/rerankDialect.js";
import { voyageRerank } from "../voyageRerank/index.js";
import { translation } from "./translation.js";

export const jinaRerank: Dialect = rerankDialect({
	name: "jina.rerank",
	contentMember: "results",
	errors: openaiErrors("results"),
	rankings: translation,
	forms,
});

/** Members that Cohere's newer API has not. */
const notCoheres = ["return_documents", "rank_fields", "max_chunks_per_doc", "truncation"];

/** Cohere's and Voyage's clients ask at the same paths, and say it by their members. */
function forms(json: Json): readonly Dialect[] {
	if (json.top_n === undefined && (json.top_k !== undefined || json.truncation !== undefined)) return [voyageRerank];
	const { documents } = json;
	const areTexts = Array.isArray(documents) && documents.every((document) => typeof document === "string");
	const isCoheres = areTexts && notCoheres.every((name) => json[name] === undefined);
	return isCoheres ? [jinaRerank, cohereRerank] : [jinaRerank];
}
