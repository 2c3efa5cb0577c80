/** The topic of the models that upstreams list. */
import type { ModelFacts } from "../../catalogue/modelFacts.js";
import type { NoQuestions, Topic } from "../../process/channel/topic.js";
import type { FoundServer } from "../../providers/providers.js";

export interface ModelsTopic extends Topic<"models"> {
	/** Upstreams that have been asked already. */
	readonly snapshot: ModelNews[];
	readonly toWorker: ModelNews;
	readonly toPrimary: RefreshModels | DefaultModelNews;
	readonly questions: NoQuestions;
}

/** What an upstream says of its models, by their names. */
export type ListedFacts = Readonly<Record<string, ModelFacts>>;

/** The models of one upstream, as its `/models` lists them, in its order. */
export interface ModelList {
	upstream: string;
	/** Those that can chat, as far as that can be told. */
	chat: string[];
	/** Those that embed, transcribe, rank and so on. */
	others: string[];
}

/** To all workers: an upstream was asked. The list is undefined if it gave none; while it is in trouble, the list before counts. */
export interface ModelNews {
	readonly topic: "models";
	upstream: string;
	list: ModelList | undefined;
	/** What it says of its models, by their names. */
	facts?: ListedFacts | undefined;
	/** Who it is, as far as that is known. */
	server?: FoundServer | undefined;
	isInTrouble: boolean;
}

/** The list of this upstream may be out of date. Answered by news to all workers. */
export interface RefreshModels {
	readonly topic: "models";
	readonly kind: "refresh";
	upstream: string;
}

/** Which model requests get that name none: the same from all workers, and printed once. */
export interface DefaultModelNews {
	readonly topic: "models";
	readonly kind: "default";
	/** The contract's default. */
	model: string;
	line: string;
}
