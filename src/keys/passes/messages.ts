/** The passes' topic. */
import type { Topic } from "../../process/channel/topic.js";
import type { Pass } from "./pass.js";

export interface PassesTopic extends Topic<"passes"> {
	/** The secret that passes are signed with. */
	readonly snapshot: string;
	readonly toWorker: never;
	readonly toPrimary: never;
	readonly questions: {
		/** Somebody shows this link: is that the first time? */
		spend(link: Pass): boolean;
	};
}
