/** The contract in force, and an API reference to read it in. */
import { fileURLToPath } from "node:url";
import { send } from "@koa/send";
import { notFound } from "../contract/operation.js";
import type { GatewayContext, GatewayServices } from "../plugin.js";
import type { Handlers } from "./handlers.js";

/** swagger-ui's files and our page; the build puts them there. */
const assets = fileURLToPath(new URL("../docs", import.meta.url));

type DocumentOperation = "getOpenApiJson" | "getOpenApiYaml" | "getDocs" | "getDocsAsset";

/** `GET /openapi.json`, `/openapi.yaml`, `/docs` and its files; what is no file there is a 404. */
export function documentHandlers({ contract }: GatewayServices): Pick<Handlers, DocumentOperation> {
	let json: string | undefined;
	let yaml: string | undefined;
	return {
		getOpenApiJson(ctx) {
			json ??= JSON.stringify(contract.document);
			ctx.type = "application/json";
			ctx.body = json;
			return undefined as never;
		},
		async getOpenApiYaml(ctx) {
			if (yaml === undefined) {
				const { stringify } = await import("yaml");
				yaml = stringify(contract.document);
			}
			ctx.type = "application/yaml";
			ctx.body = yaml;
			return undefined;
		},
		async getDocs(ctx) {
			await sendAsset(ctx, "index.html");
			return undefined;
		},
		async getDocsAsset(ctx) {
			await sendAsset(ctx, ctx.params.asset ?? "");
			return undefined;
		},
	};
}

async function sendAsset(ctx: GatewayContext, name: string): Promise<void> {
	const sent = await send(ctx as never, name, { root: assets, maxAge: 3_600_000 }).catch(() => undefined);
	if (sent === undefined) throw notFound(`There is no file ${name} in the API reference.`, "unknown_url");
}
