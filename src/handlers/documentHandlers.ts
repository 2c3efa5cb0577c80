/** Serves the contract in force. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import type { Handlers } from "./handlerTypes.js";

/** `GET /openapi.json` and `/openapi.yaml`. */
export function documentHandlers({ contract }: GatewayServices): Pick<Handlers, "getOpenApiJson" | "getOpenApiYaml"> {
	let json: ((ctx: GatewayContext) => Promise<undefined>) | undefined;
	let yaml: typeof json;
	return {
		getOpenApiJson(ctx) {
			json ??= compressible(JSON.stringify(contract.document));
			ctx.type = "application/json";
			return json(ctx) as never;
		},
		async getOpenApiYaml(ctx) {
			if (yaml === undefined) {
				const { stringify } = await import("yaml");
				yaml = compressible(stringify(contract.document));
			}
			ctx.type = "application/yaml";
			return yaml(ctx);
		},
	};
}

const compress = promisify(gzip);

/** Serves half a megabyte of text, which the API reference loads each time: compressed once, at the first request that accepts it. */
function compressible(text: string): (ctx: GatewayContext) => Promise<undefined> {
	let compressedText: Promise<Buffer> | undefined;
	return async (ctx) => {
		ctx.vary("accept-encoding");
		if (ctx.acceptsEncodings("gzip", "identity") !== "gzip") {
			ctx.body = text;
			return undefined;
		}
		compressedText ??= compress(text);
		const { type } = ctx;
		ctx.set("content-encoding", "gzip");
		ctx.body = await compressedText;
		ctx.type = type;
		return undefined;
	};
}
