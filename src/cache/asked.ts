/** A request whose answer may be kept. */
import type { IncomingMessage } from "node:http";
import type { Dialect, Json } from "../dialects/dialect.js";
import type { Exchange } from "../exchange/exchange.js";
import type { CacheSettings } from "../settings/routes.js";
import type { Question } from "./question.js";
import type { Wish } from "./wish.js";

export interface Asked {
	readonly exchange: Exchange;
	readonly dialect: Dialect;
	/** Its body. */
	readonly json: Json;
	readonly settings: CacheSettings;
	readonly wish: Wish;
	readonly question: Question;
	/** As it came. */
	readonly message: IncomingMessage;
}
