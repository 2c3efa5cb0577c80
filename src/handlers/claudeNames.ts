/** Names of models as Claude Code shows them: only those that begin with `claude` or `anthropic`. */
import type { GatewayContext } from "../middleware/link.js";
import { canChatByName } from "../upstream/listedModels/chatModels.js";
import type { ListedModel } from "../upstream/listedModels/modelsIn.js";
import type { RouteTable } from "../upstream/routing/routeTable.js";

const claudeCode = /^claude-(code|cli)\//;
const shown = /^(claude|anthropic)/i;

/** To Claude Code other models that can chat are offered by their aliases; all other clients get them as they are. */
export function claudeNames(
	{ req }: GatewayContext,
	models: readonly ListedModel[],
	routes: RouteTable,
): readonly ListedModel[] {
	if (!claudeCode.test(req.headers["user-agent"] ?? "")) return models;
	return models.map((model) => {
		const { id, display_name: name = id } = model;
		const alias = shown.test(id) || !canChatByName(id) ? undefined : routes.aliasOf(id);
		return alias === undefined ? model : { ...model, id: alias, display_name: name };
	});
}
