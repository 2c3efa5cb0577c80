/** undici's modules have no types of their own. */
declare module "undici/lib/dispatcher/pool.js" {
	import { Pool } from "undici";
	export default Pool;
}

declare module "undici/lib/core/connect.js" {
	import { buildConnector } from "undici";
	export default buildConnector;
}

declare module "undici/lib/core/symbols.js" {
	const symbols: { readonly kParser: symbol };
	export default symbols;
}
