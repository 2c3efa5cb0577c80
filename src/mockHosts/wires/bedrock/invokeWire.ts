/** Bedrock's InvokeModel for Claude: Anthropic's Messages, in Bedrock's frames and with its errors. */
import { recordOf } from "../bodyReaders.js";
import { messagesWire } from "../messagesWire.js";
import type { Asked, Body, Question, WireFormat } from "../wire.js";
import { bedrockError, bedrockException } from "./errors.js";
import { frames } from "./frames.js";

export const invokeWire: WireFormat = {
	name: "InvokeModel",
	read,
	framing: (_question, json) =>
		frames((value) => ({
			type: "chunk",
			payload: Buffer.from(json({ bytes: Buffer.from(json(value)).toString("base64"), p: "abcdefgh" })),
		})),
	writer: (head, framing) => ({
		...messagesWire.writer(head, framing),
		failure: (error) => {
			const { name, body } = bedrockException(error);
			return framing.exception?.(name, body) ?? "";
		},
	}),
	error: bedrockError,
	tokens: ({ promptTokens }) => ({ inputTokens: promptTokens }),
};

function read(given: Body, asked: Asked): Question {
	const body = asked.endpoint === "tokens" ? bodyIn(given) : given;
	if (typeof body.anthropic_version !== "string") throw new Error("anthropic_version: Field required");
	return messagesWire.read(body, asked);
}

/** What is to be counted comes as base64. */
function bodyIn({ input }: Body): Body {
	const { body } = recordOf(recordOf(input).invokeModel);
	return recordOf(JSON.parse(Buffer.from(String(body), "base64").toString()));
}
