/** The primary's half of tokens: fetches each once, for all workers. */
import { messageOf } from "../../errors/problem.js";
import type { PrimaryHalf } from "../../process/channel/topic.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { AskedToken, TokenAnswer, TokensTopic } from "./messages.js";
import { ownTokens, type Tokens } from "./tokens.js";

export function createPrimaryTokens(tokens: Tokens = ownTokens): PrimaryHalf<TokensTopic> {
	return {
		topic: "tokens",
		join: ({ settings: { routing } }) => ({
			answers: { token: (asked) => answer(tokens, routing.upstreams, asked) },
		}),
		adopt: ({ routing }) => tokens.keepOnly(routing.upstreams),
	};
}

async function answer(
	tokens: Tokens,
	upstreams: readonly UpstreamSettings[],
	{ upstream, refused }: AskedToken,
): Promise<TokenAnswer> {
	const settings = upstreams.find(({ name }) => name === upstream);
	const token = settings && tokens.of(settings);
	if (token === undefined) return { trouble: `the primary knows no token of ${upstream}` };
	try {
		if (refused !== undefined) token.renew(refused);
		return { token: await token.latest() };
	} catch (error) {
		return { trouble: messageOf(error) };
	}
}
