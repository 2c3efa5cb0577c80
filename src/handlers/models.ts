/** Models: the AI host's list, and single entries even of hosts that have only the list. */
import { notFound } from "../contract/operation.js";
import type { GatewayContext, GatewayServices } from "../plugin.js";
import type { Answer } from "../upstream/answer.js";
import { collect } from "../upstream/deliver.js";
import { forward } from "./forward.js";
import type { Handlers } from "./handlers.js";

const maxListBytes = 16 * 1024 * 1024;

/** `GET /v1/models` and one of them, as the AI host knows them. */
export function modelHandlers(gateway: GatewayServices): Pick<Handlers, "listModels" | "retrieveModel"> {
	return {
		listModels: (ctx) => forward(gateway, ctx),
		async retrieveModel(ctx) {
			const answer = await forward(gateway, ctx);
			// vLLM, llama.cpp and TGI serve the list alone.
			if (answer.status !== 404 && answer.status !== 405) return answer;
			await collect(answer, maxListBytes);
			return findInList(gateway, ctx);
		},
	};
}

type Model = Exclude<Awaited<ReturnType<Handlers["retrieveModel"]>>, Answer>;

async function findInList(gateway: GatewayServices, ctx: GatewayContext): Promise<Model | Answer> {
	const name = ctx.params.model;
	const answer = await forward(gateway, ctx, "/models");
	if (answer.status !== 200) return answer;
	const models = readList(await collect(answer, maxListBytes));
	ctx.state.exchange.answer = undefined;
	const model = models.find(({ id }) => id === name);
	if (!model) throw notFound(`The model '${name}' does not exist.`, "model_not_found", "model");
	return model;
}

function readList(bytes: Buffer): Model[] {
	try {
		const { data } = JSON.parse(bytes.toString()) as { data?: unknown };
		return Array.isArray(data) ? (data as Model[]) : [];
	} catch {
		return [];
	}
}
