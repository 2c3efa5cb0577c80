/** Judgements: asked for as they come, or text by text where a model judges one at a time. */
import type { JsonBody } from "../contract/defaults.js";
import { GatewayError } from "../errors/gatewayError.js";
import { parseObject } from "../json/parseObject.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { collect } from "../streaming/delivery.js";
import { invalid } from "../upstream/dataTranslator.js";
import { notNeeded } from "../upstream/upstreamFailure.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlerTypes.js";
import { JoinedAnswer, type WholeAnswer } from "./joinedAnswer.js";
import { mayBeTranslated } from "./translatedTargets.js";

/** Most texts of a request that are judged one by one, and how many of them at once. */
const mostTexts = 32;
const mostAtOnce = 4;
/** A judgement is short. */
const maxAnswerBytes = 1024 * 1024;

export function moderationHandlers(gateway: GatewayServices): Pick<Handlers, "createModeration"> {
	return {
		createModeration(ctx) {
			const { exchange } = ctx.state;
			const { body } = exchange;
			const texts = textsIn(body?.json.input);
			if (body === undefined || texts.length < 2 || !mayBeTranslated(gateway, exchange)) return forward(gateway, ctx);
			if (texts.length > mostTexts) throw tooMany(texts.length);
			const joined = new JoinedAnswer(exchange.operation?.dialect);
			exchange.answer = joined.answer;
			const ask = (text: string) => judge(gateway, ctx, bodyOf(body, text), joined.signal);
			void judgeEach(texts, ask, joined);
			return joined.answer.started;
		},
	};
}

/** None unless all are texts: parts are judged together. */
function textsIn(input: unknown): string[] {
	return Array.isArray(input) && input.every((one) => typeof one === "string") ? input : [];
}

function tooMany(count: number): GatewayError {
	const message = `input may have ${mostTexts} texts at most, and has ${count}: the upstream is a model that judges one at a time.`;
	return new GatewayError(400, message, { code: "unsupported_input", param: "input" });
}

function bodyOf(body: JsonBody, input: string): JsonBody {
	const json = { ...body.json, input };
	return { json, bytes: Buffer.from(JSON.stringify(json)), ...(body.late === undefined ? {} : { late: body.late }) };
}

/** @throws Refusal, GatewayError if no upstream judges it */
async function judge(
	gateway: GatewayServices,
	ctx: GatewayContext,
	body: JsonBody,
	signal: AbortSignal,
): Promise<WholeAnswer> {
	const answer = await forward(gateway, ctx, { part: { body, signal } });
	const { status, headers } = answer;
	const whole = { status, headers, body: await collect(answer, maxAnswerBytes) };
	if (status !== 200) throw new Refusal(whole);
	return whole;
}

/** The first that can't be judged is what the client hears of. */
async function judgeEach(
	texts: readonly string[],
	ask: (text: string) => Promise<WholeAnswer>,
	joined: JoinedAnswer,
): Promise<void> {
	const answers: WholeAnswer[] = [];
	let next = 0;
	const work = async () => {
		for (let at = next++; at < texts.length; at = next++) {
			joined.signal.throwIfAborted();
			answers[at] = await ask(texts[at] as string);
		}
	};
	try {
		await Promise.all(Array.from({ length: mostAtOnce }, work));
		joined.give(together(answers));
	} catch (thrown) {
		if (thrown instanceof Refusal) joined.give(thrown.answer);
		else joined.fail(thrown);
		joined.stop(notNeeded());
	}
}

/** An upstream has refused a text, in the client's dialect. */
class Refusal extends Error {
	constructor(readonly answer: WholeAnswer) {
		super("a text was refused");
	}
}

/** @throws GatewayError 502 for an answer that doesn't judge one text */
function together(answers: readonly WholeAnswer[]): WholeAnswer {
	const read = answers.map(({ body }) => parseObject(body.toString()) ?? {});
	const results = read.map(({ results }) => {
		if (Array.isArray(results) && results.length === 1) return results[0] as unknown;
		throw invalid("The upstream has not judged each text once.");
	});
	const [{ id, model } = {}] = read;
	const body = Buffer.from(JSON.stringify({ id, model, results }));
	return { status: 200, headers: answers[0]?.headers ?? {}, body };
}
