/** What the primary and its workers say to each other about the models that upstreams list. */

/** The models of one upstream, as its `/models` lists them, in its order. */
export interface ModelList {
	upstream: string;
	/** Those that can chat, as far as that can be told. */
	chat: string[];
	/** Those that embed, transcribe, rank and so on. */
	others: string[];
}

/** Primary → worker: an upstream was asked. Without a list it gave none; while it is in trouble, the list before counts. */
export interface ModelNews {
	type: "modelNews";
	upstream: string;
	list: ModelList | undefined;
	isInTrouble: boolean;
}

/** Worker → primary: the list of this upstream may be out of date. Answered by news to all workers. */
export interface ModelsAsked {
	type: "modelsAsked";
	upstream: string;
}

/** Worker → primary: what becomes of requests that name no model; all workers say the same, and it is printed once. */
export interface DefaultModelTold {
	type: "defaultModel";
	model: string;
	line: string;
}
