/** The primary's half of tokens: fetches each once, for all workers. */
import { messageOf } from "../../errors/problem.js";
import type { PrimaryHalf } from "../../process/channel/topic.js";
import type { UpstreamSettings } from "../../settings/routes.js";
import type { AskedToken, TokenAnswer, TokensTopic } from "./messages.js";
import type { Tokens } from "./tokens.js";

/** Providers and their dialects take a tenth of a second to load; the first worker is started before that. */
const loadOwn = async (): Promise<Tokens> => (await import("./tokens.js")).ownTokens;

export function createPrimaryTokens(load = loadOwn): PrimaryHalf<TokensTopic> {
	return {
		topic: "tokens",
		join: ({ settings: { routing } }) => ({
			answers: { token: async (asked) => answer(await load(), routing.upstreams, asked) },
		}),
		adopt: ({ routing }) => void load().then((tokens) => tokens.keepOnly(routing.upstreams)),
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
