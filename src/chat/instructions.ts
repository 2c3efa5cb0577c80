/** Instructions: which messages are, and how they are said to servers whose models' templates know them at the beginning of a conversation alone, as one message. */
import type { Message, Part } from "./request.js";

/**
 * The instructions that stand first become one message of the system. Later ones are said by the user, in a tag that says
 * whose they are: some templates refuse them elsewhere, and others leave them out.
 */
export function templateInstructions(messages: readonly Message[]): readonly Message[] {
	if (!messages.some(instructs)) return messages;
	const first = messages.findIndex((message) => !instructs(message));
	const leading = first === -1 ? messages : messages.slice(0, first);
	const system: Message[] =
		leading.length === 0 ? [] : [{ role: "system", parts: leading.flatMap(({ parts }) => parts) }];
	const rest: Message[] = [];
	/** The parts of the last of them, if it is of several. */
	let joined: Part[] | undefined;
	for (const message of messages.slice(leading.length)) {
		const given = instructs(message) ? tagged(message) : message;
		const last = rest.at(-1);
		// Users' turns follow each other in no template that minds the order of roles.
		if (last?.role === "user" && given.role === "user" && (given !== message || isTagged(last))) {
			if (joined === undefined) {
				joined = [...last.parts];
				rest[rest.length - 1] = { ...last, parts: joined };
			}
			for (const part of given.parts) joined.push(part);
		} else {
			joined = undefined;
			rest.push(given);
		}
	}
	return [...system, ...rest];
}

/** Whether a message says what the model is to do, whichever of the two roles it has for that. */
export function instructs({ role }: Pick<Message, "role">): boolean {
	return role === "system" || role === "developer";
}

const opening = "<system>\n";
const closing = "\n</system>";

function tagged({ parts }: Message): Message {
	const texts = parts.flatMap((part) => (part.type === "text" ? part.text : []));
	const others = parts.filter((part) => part.type !== "text");
	const text: Part = { type: "text", text: opening + texts.join("\n\n") + closing };
	return { role: "user", parts: [text, ...others] };
}

function isTagged({ parts }: Message): boolean {
	const last = parts.at(-1);
	return last?.type === "text" && last.text.startsWith(opening) && last.text.endsWith(closing);
}
