/** Who a client is, where requests, WebSockets and calls are counted. */
import { clientKey } from "../limits/clientKey.js";
import type { Exchange } from "./exchange.js";

/** A key, wherever it is used from; without one an address. */
export function clientOf({ caller, clientAddress }: Exchange): string {
	return caller?.keyId ?? clientKey(clientAddress);
}
