/** From what a plugin sees to what it is: only `src/pluginApi/` may know. */
import type { Exchange } from "../exchange/exchange.js";
import type { PluginContext } from "../plugin.js";

export function exchangeOf({ state }: PluginContext): Exchange {
	return state.exchange as Exchange;
}
