/** The topic of seals' secrets. */
import type { NoQuestions, Topic } from "../process/channel/topic.js";

export interface SealKeysTopic extends Topic<"sealKeys"> {
	/** The first one seals; all of them open. */
	readonly snapshot: readonly [string, ...string[]];
	readonly toWorker: never;
	readonly toPrimary: never;
	readonly questions: NoQuestions;
}
