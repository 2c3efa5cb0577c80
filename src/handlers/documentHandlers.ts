/** The contract in force, and an API reference to read it in. */
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { notFound } from "../contract/operation.js";
import type { GatewayContext, GatewayServices } from "../middleware/link.js";
import { sendAsset } from "./assets.js";
import type { Handlers } from "./handlerTypes.js";

/** Where the build puts swagger-ui's files and our page, for the program as it is built and for tests of its sources. */
const assets = fileURLToPath(new URL("../../dist/docs", import.meta.url));

type DocumentOperation = "getOpenApiJson" | "getOpenApiYaml" | "getDocs" | "getDocsAsset";

/** `GET /openapi.json`, `/openapi.yaml`, `/docs` and its files; what is no file there is a 404. */
export function documentHandlers({ contract }: GatewayServices): Pick<Handlers, DocumentOperation> {
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
		async getDocs(ctx) {
			await sendDocs(ctx, "index.html");
			return undefined;
		},
		async getDocsAsset(ctx) {
			await sendDocs(ctx, ctx.params.asset ?? "");
			return undefined;
		},
	};
}

async function sendDocs(ctx: GatewayContext, name: string): Promise<void> {
	if (await sendAsset(ctx, name, { root: assets, maxAge: 3_600_000 })) return;
	throw notFound(`There is no file ${name} in the API reference.`, "unknown_url");
}

const compressed = promisify(gzip);

/** Half a megabyte of text that the API reference loads each time: compressed once, when somebody takes it so. */
function compressible(text: string): (ctx: GatewayContext) => Promise<undefined> {
	let smaller: Promise<Buffer> | undefined;
	return async (ctx) => {
		ctx.vary("accept-encoding");
		if (ctx.acceptsEncodings("gzip", "identity") !== "gzip") {
			ctx.body = text;
			return undefined;
		}
		smaller ??= compressed(text);
		const { type } = ctx;
		ctx.set("content-encoding", "gzip");
		ctx.body = await smaller;
		ctx.type = type;
		return undefined;
	};
}
