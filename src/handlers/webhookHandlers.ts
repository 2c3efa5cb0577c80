/** What webhooks are told, for administrators: listed, sent again, and tried. */
import { notFound } from "../errors/notFound.js";
import type { components } from "../generated/contract.js";
import type { GatewayServices } from "../middleware/link.js";
import { newId } from "../store/newId.js";
import type { DeliveryRecord, DeliveryState } from "../store/webhookTypes.js";
import { post } from "../webhooks/post.js";
import type { Handlers } from "./handlerTypes.js";
import { listOf } from "./list.js";
import { pageRequest } from "./pageRequest.js";

type Schemas = components["schemas"];
type WebhookOperation = "listWebhookDeliveries" | "retryWebhookDelivery" | "testWebhook";

export function webhookHandlers({ store, settings, background }: GatewayServices): Pick<Handlers, WebhookOperation> {
	return {
		async listWebhookDeliveries(ctx) {
			const { state } = ctx.state.exchange.query as { state?: DeliveryState };
			const { data, hasMore } = await store.webhooks.list({ ...pageRequest(ctx), state });
			return listOf(data.map(resourceOf), hasMore);
		},
		async retryWebhookDelivery({ params: { delivery = "" } }) {
			const record = await store.webhooks.retry(delivery);
			background.look();
			return resourceOf(record);
		},
		async testWebhook({ params: { webhook: name = "" } }) {
			const webhook = settings.webhooks.find((one) => one.name === name);
			if (webhook === undefined) throw notFound(`There is no webhook ${JSON.stringify(name)}.`, "webhook_not_found");
			const createdAt = Math.floor(Date.now() / 1000);
			const ids = { id: newId("wh_", 32), eventId: newId("evt_", 32), subject: newId("resp_test", 41) };
			const { isTaken, result } = await post(webhook, { ...ids, endpoint: name, type: "webhook.test", createdAt });
			return { object: "gateway.webhook_test", webhook: name, is_taken: isTaken, result };
		},
	};
}

function resourceOf(delivery: DeliveryRecord): Schemas["WebhookDelivery"] {
	const { id, endpoint, eventId, type, subject, createdAt, state, attempts, lastResult, nextAt } = delivery;
	return {
		id,
		object: "gateway.webhook_delivery",
		webhook: endpoint,
		event_id: eventId,
		type,
		response: subject,
		created_at: createdAt,
		state,
		attempts,
		last_result: lastResult ?? null,
		next_at: state === "waiting" ? Math.floor(nextAt / 1000) : null,
	};
}
